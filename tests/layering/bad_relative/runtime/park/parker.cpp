#include "../sched/scheduler.hpp"
