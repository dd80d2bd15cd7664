# The C build of Lua 5.4:
#   Lua54::headers   lua.h and friends; what a component or a loadable module links
#   Lua54::lua       the static library, only for programs. They link all of it and export it, so
#                    that C modules find every lua_* function (see braid_link_lua)
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_search_module(PC_LUA54 QUIET lua5.4 lua54 lua-5.4)
  pkg_get_variable(PC_LUA54_LIBRARY_DIR "${PC_LUA54_MODULE_NAME}" libdir)
endif()

find_path(LUA54_INCLUDE_DIR lua.h HINTS ${PC_LUA54_INCLUDE_DIRS} PATH_SUFFIXES lua5.4 lua54 lua-5.4)
find_library(LUA54_LIBRARY NAMES liblua5.4.a liblua54.a liblua-5.4.a
             HINTS ${PC_LUA54_LIBRARY_DIR} ${PC_LUA54_LIBRARY_DIRS})
if(LUA54_INCLUDE_DIR)
  file(STRINGS ${LUA54_INCLUDE_DIR}/lua.h version REGEX "define LUA_VERSION_(MAJOR|MINOR|RELEASE)")
  string(REGEX REPLACE "[^0-9]+" "." version "${version}")
  string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" LUA54_VERSION "${version}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  Lua54 REQUIRED_VARS LUA54_LIBRARY LUA54_INCLUDE_DIR VERSION_VAR LUA54_VERSION
  REASON_FAILURE_MESSAGE "Debian: liblua5.4-dev")

if(Lua54_FOUND AND NOT TARGET Lua54::lua)
  add_library(Lua54::headers INTERFACE IMPORTED GLOBAL)
  target_include_directories(Lua54::headers SYSTEM INTERFACE ${LUA54_INCLUDE_DIR})
  add_library(Lua54::lua STATIC IMPORTED GLOBAL)
  set_target_properties(Lua54::lua PROPERTIES IMPORTED_LOCATION ${LUA54_LIBRARY}
                        INTERFACE_LINK_LIBRARIES "Lua54::headers;m;${CMAKE_DL_LIBS}")
endif()

# For a program: the whole of Lua is linked, and its functions are visible to loaded C modules.
function(braid_link_lua target)
  set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON)
  target_link_libraries(${target} PRIVATE "$<LINK_LIBRARY:WHOLE_ARCHIVE,Lua54::lua>")
endfunction()
