#include "runtime/park/parker.hpp"
#include <lua.h>
