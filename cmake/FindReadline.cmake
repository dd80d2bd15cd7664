# Readline::readline: line editing for the REPL. The static library if it is there with the one that it
# needs (see interp/CMakeLists.txt: why fewer shared ones).
find_path(READLINE_INCLUDE_DIR readline/readline.h)
find_library(READLINE_STATIC_LIBRARY libreadline.a)
find_library(READLINE_TERMINAL_LIBRARY NAMES libtinfo.a libncurses.a)
if(READLINE_STATIC_LIBRARY AND READLINE_TERMINAL_LIBRARY)
  set(READLINE_LIBRARY ${READLINE_STATIC_LIBRARY} ${READLINE_TERMINAL_LIBRARY})
else()
  find_library(READLINE_LIBRARY readline)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  Readline REQUIRED_VARS READLINE_LIBRARY READLINE_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "Debian: libreadline-dev")

if(Readline_FOUND AND NOT TARGET Readline::readline)
  add_library(Readline::readline INTERFACE IMPORTED GLOBAL)
  target_include_directories(Readline::readline SYSTEM INTERFACE ${READLINE_INCLUDE_DIR})
  target_link_libraries(Readline::readline INTERFACE ${READLINE_LIBRARY})
endif()
