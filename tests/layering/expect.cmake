# Runs the check on one fixture and compares the outcome with what the fixture's name promises.
# A fixture with a CMakeLists.txt breaks a link, one without an #include line.
cmake_minimum_required(VERSION 3.25)
if(EXISTS ${FIXTURE}/CMakeLists.txt)
  file(REMOVE_RECURSE ${SCRATCH})
  set(command ${CMAKE_COMMAND} -S ${FIXTURE} -B ${SCRATCH} -DCMAKE_MODULE_PATH=${MODULES})
else()
  set(command ${CMAKE_COMMAND} -DROOT=${FIXTURE} -P ${MODULES}/check_layers.cmake)
endif()
execute_process(COMMAND ${command} RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)

if(FIXTURE MATCHES "/bad_[^/]*$")
  if(status EQUAL 0 OR NOT text MATCHES "layering: [a-z]+ must not")
    message(FATAL_ERROR "the check let a violation pass (status ${status}):\n${text}")
  endif()
elseif(NOT status EQUAL 0)
  message(FATAL_ERROR "the check refused what is allowed:\n${text}")
endif()
