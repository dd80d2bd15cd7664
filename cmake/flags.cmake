# The one place for compiler and linker flags. Every target of the project links braid_flags.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON) # the static libraries end up in braid.so too
set(CMAKE_CXX_VISIBILITY_PRESET hidden) # nobody interposes our functions: calls stay direct
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(CMAKE_BUILD_TYPE STREQUAL Release)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON) # a switch of tasks crosses four libraries: 96 ns -> 80 ns
endif()

add_library(braid_flags INTERFACE)
target_compile_features(braid_flags INTERFACE cxx_std_20)
target_compile_options(braid_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow)
# "park/parker.hpp" and "stdlib/open.hpp", from anywhere.
target_include_directories(braid_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/runtime)

if(BRAID_WERROR)
  target_compile_options(braid_flags INTERFACE -Werror)
endif()

if(BRAID_SANITIZE)
  set(sanitize -fsanitize=${BRAID_SANITIZE})
  target_compile_options(braid_flags INTERFACE ${sanitize} -fno-omit-frame-pointer
                                               -fno-sanitize-recover=all)
  target_link_options(braid_flags INTERFACE ${sanitize})
  # What gcc believes about instrumented code is often wrong (its manual says so).
  target_compile_options(braid_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()

if(BRAID_FAULT)
  target_compile_definitions(braid_flags INTERFACE BRAID_FAULT)
endif()

# What sanitizers and gcov do when a process exits they are to do in every one.
if(BRAID_SANITIZE OR BRAID_COVERAGE)
  target_compile_definitions(braid_flags INTERFACE BRAID_WHOLE_EXIT)
endif()

if(BRAID_FUZZ)
  target_compile_options(braid_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(BRAID_COVERAGE)
  target_compile_options(braid_flags INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(braid_flags INTERFACE --coverage)
endif()
