// The entry of the unit tests. Catch2 3 brings its own; 2.13 compiles it here.
#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_MAIN
#include "tests/unit/catch.hpp"
#endif
