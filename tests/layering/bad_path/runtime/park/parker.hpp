#include "runtime/sched/scheduler.hpp"
