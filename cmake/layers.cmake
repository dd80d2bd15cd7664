# Which component may use which: the arrows of docs/architecture.md, in this one table.
# It is read at two levels: by braid_check_links() when the project is configured (links) and by
# check_layers.cmake in every build (#include lines).
#
# name | folder | may include lua.h | components it may use (nothing is inherited)
set(BRAID_LAYERS
    "arena   | runtime/arena   | no  |"
    "park    | runtime/park    | no  | arena"
    "sync    | runtime/sync    | no  | arena park"
    "channel | runtime/channel | no  | arena park sync"
    "shared  | runtime/shared  | no  | arena park sync"
    "sched   | runtime/sched   | no  | arena park"
    "unit    | runtime/unit    | no  | arena park sync channel sched"
    "pool    | runtime/pool    | no  | arena park channel sched unit"
    "codec   | runtime/codec   | yes | arena"
    "vm      | runtime/vm      | yes | arena park sched"
    "stdlib  | stdlib          | yes | arena park sync channel shared sched unit pool codec vm"
    "interp  | interp          | yes | arena park sync channel shared sched unit pool codec vm stdlib")

set(BRAID_LAYER_NAMES)
foreach(row IN LISTS BRAID_LAYERS)
  string(REPLACE " " ";" row "${row}")
  list(FILTER row EXCLUDE REGEX "^[|]?$")
  list(POP_FRONT row name folder lua)
  list(APPEND BRAID_LAYER_NAMES ${name})
  set(BRAID_LAYER_${name}_FOLDER ${folder})
  set(BRAID_LAYER_${name}_LUA ${lua})
  set(BRAID_LAYER_${name}_USES ${row})
endforeach()

# Fails the configuration when a component's target links one that its row does not name.
function(braid_check_links)
  foreach(name IN LISTS BRAID_LAYER_NAMES)
    if(NOT TARGET braid_${name})
      continue()
    endif()
    set(links)
    foreach(property IN ITEMS LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
      get_target_property(value braid_${name} ${property})
      if(value)
        list(APPEND links ${value})
      endif()
    endforeach()
    foreach(link IN LISTS links)
      if(link MATCHES "Lua54::" AND NOT BRAID_LAYER_${name}_LUA)
        message(FATAL_ERROR "layering: ${name} must not link Lua (cmake/layers.cmake)")
      endif()
      if(link MATCHES "braid(_|::)([a-z]+)" AND CMAKE_MATCH_2 IN_LIST BRAID_LAYER_NAMES)
        if(NOT CMAKE_MATCH_2 IN_LIST BRAID_LAYER_${name}_USES)
          message(FATAL_ERROR "layering: ${name} must not link ${CMAKE_MATCH_2} (cmake/layers.cmake)")
        endif()
      endif()
    endforeach()
  endforeach()
endfunction()
