# braid_component(<name> SOURCES <file>… USES <component or library>…)
# Makes the static library braid_<name> (alias braid::<name>) from the folder it is called in.
# Every component waits for the target `layering`, so that no wrong arrow gets as far as a compiler.

# The headers are in no list, so the check asks for them by glob; a stamp keeps idle builds idle.
file(GLOB_RECURSE braid_checked CONFIGURE_DEPENDS
     ${PROJECT_SOURCE_DIR}/runtime/*.?pp ${PROJECT_SOURCE_DIR}/stdlib/*.?pp
     ${PROJECT_SOURCE_DIR}/interp/*.?pp)
set(braid_layering_stamp ${PROJECT_BINARY_DIR}/layering.stamp)
add_custom_command(
  OUTPUT ${braid_layering_stamp}
  COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DSTAMP=${braid_layering_stamp} -P
          ${PROJECT_SOURCE_DIR}/cmake/check_layers.cmake
  DEPENDS ${braid_checked} ${PROJECT_SOURCE_DIR}/cmake/check_layers.cmake
          ${PROJECT_SOURCE_DIR}/cmake/layers.cmake
  COMMENT "Checking the layers"
  VERBATIM)
add_custom_target(layering ALL DEPENDS ${braid_layering_stamp})

function(braid_component name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "braid_component(${name}): unexpected ${arg_UNPARSED_ARGUMENTS}")
  endif()
  add_library(braid_${name} STATIC ${arg_SOURCES})
  add_library(braid::${name} ALIAS braid_${name})
  target_link_libraries(braid_${name} PUBLIC braid_flags ${arg_USES})
  add_dependencies(braid_${name} layering)
endfunction()
