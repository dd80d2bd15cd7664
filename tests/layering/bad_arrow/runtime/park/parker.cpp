#include "sched/scheduler.hpp"
