# cmake -DROOT=<source tree> -P check_layers.cmake
# Reads the #include lines of every component and fails, naming file and line, when one goes
# against the table of layers.cmake.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/layers.cmake)

set(lua_headers lua.h lauxlib.h lualib.h luaconf.h lua.hpp)
set(violations 0)

macro(violation file line text)
  message(NOTICE "${file}: layering: ${text}\n    ${line}")
  math(EXPR violations "${violations} + 1")
endmacro()

foreach(name IN LISTS BRAID_LAYER_NAMES)
  set(folder ${BRAID_LAYER_${name}_FOLDER})
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/${folder}/*.cpp ${ROOT}/${folder}/*.hpp
       ${ROOT}/${folder}/*.h ${ROOT}/${folder}/*.c)
  foreach(file IN LISTS files)
    file(STRINGS ${ROOT}/${file} lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^[^<\"]*[<\"]([^>\"]*).*$" "\\1" header "${line}")

      cmake_path(GET header FILENAME base)
      if(base IN_LIST lua_headers AND NOT BRAID_LAYER_${name}_LUA)
        violation(${file} "${line}" "${name} must not know Lua")
      endif()

      # A path from the file's own folder, from runtime/, or from the top of the tree.
      cmake_path(GET file PARENT_PATH here)
      if(EXISTS ${ROOT}/${here}/${header})
        cmake_path(SET header NORMALIZE ${here}/${header})
      elseif(EXISTS ${ROOT}/runtime/${header} OR NOT EXISTS ${ROOT}/${header})
        string(PREPEND header runtime/)
      endif()
      foreach(other IN LISTS BRAID_LAYER_NAMES)
        if(NOT other STREQUAL name AND NOT other IN_LIST BRAID_LAYER_${name}_USES)
          if(header MATCHES "^(runtime/)?${BRAID_LAYER_${other}_FOLDER}/")
            violation(${file} "${line}" "${name} must not use ${other}")
          endif()
        endif()
      endforeach()
    endforeach()
  endforeach()
endforeach()

if(violations GREATER 0)
  message(FATAL_ERROR "layering: ${violations} #include lines go against cmake/layers.cmake")
endif()
if(STAMP)
  file(TOUCH ${STAMP})
endif()
