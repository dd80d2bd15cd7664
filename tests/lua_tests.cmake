# braid_lua_tests(<label> <glob>): each Lua file is a test of its own, run by spec/runner.lua inside
# the program that was just built. What a test may want to know is in its environment:
#   BRAID             the program                LUA         the stock interpreter, if there is one
#   BRAID_SOURCE_DIR  the top of the tree        BRAID_SANITIZE  address,undefined  thread  or empty
#   BRAID_MODULE_DIR  where braid.so lies; empty under a sanitizer, which a stock lua5.4 cannot load
find_program(BRAID_STOCK_LUA NAMES lua5.4 lua54)

set(lua_test_environment
    BRAID=$<TARGET_FILE:braid> BRAID_SOURCE_DIR=${PROJECT_SOURCE_DIR}
    BRAID_SANITIZE=${BRAID_SANITIZE})
if(BRAID_STOCK_LUA)
  list(APPEND lua_test_environment LUA=${BRAID_STOCK_LUA})
endif()
if(BRAID_SANITIZE)
  list(APPEND lua_test_environment BRAID_MODULE_DIR=)
else()
  list(APPEND lua_test_environment BRAID_MODULE_DIR=$<TARGET_FILE_DIR:braid_module>)
endif()

# What cannot be tried under the thread sanitizer. It keeps a signal back until the program calls into
# the C library, which a busy loop never does; and it does not see what other processes do to the
# memory that they share with the one that it watches.
set(not_under_tsan)
if(BRAID_SANITIZE STREQUAL thread)
  set(not_under_tsan
      spec/pool_busy_spec spec/shared_memory_spec spec/task_cancel_reach_spec spec/thread_busy_spec
      program/threads_interrupt_test
      program/interrupt_test program/repl_test docs/examples_test
      example/003-05_test) # maps over processes
endif()

function(braid_lua_tests label glob)
  file(GLOB files CONFIGURE_DEPENDS ${glob})
  foreach(file IN LISTS files)
    cmake_path(GET file STEM name)
    if(${label}/${name} IN_LIST not_under_tsan
       OR (BRAID_SANITIZE STREQUAL thread AND name MATCHES "^process_"))
      continue()
    endif()
    add_test(NAME ${label}/${name}
             COMMAND braid ${PROJECT_SOURCE_DIR}/tests/spec/runner.lua ${file}
             WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${label}/${name} PROPERTIES LABELS ${label} TIMEOUT ${seconds}
                         ENVIRONMENT "${lua_test_environment}")
  endforeach()
endfunction()
