# BoostContext::context: the stack switches. The static library is preferred, since it costs
# nothing when a script starts.
set(Boost_NO_WARN_NEW_VERSIONS ON)
set(Boost_USE_STATIC_LIBS ON)
find_package(Boost 1.74 QUIET COMPONENTS context)
if(NOT TARGET Boost::context)
  set(Boost_USE_STATIC_LIBS OFF)
  find_package(Boost 1.74 QUIET COMPONENTS context)
endif()

set(BOOST_CONTEXT_TARGET Boost::context)
if(NOT TARGET Boost::context)
  set(BOOST_CONTEXT_TARGET BOOST_CONTEXT_TARGET-NOTFOUND)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  BoostContext REQUIRED_VARS BOOST_CONTEXT_TARGET
  REASON_FAILURE_MESSAGE "Debian: libboost-context-dev")

if(BoostContext_FOUND AND NOT TARGET BoostContext::context)
  add_library(BoostContext::context INTERFACE IMPORTED GLOBAL)
  target_link_libraries(BoostContext::context INTERFACE Boost::context)
endif()
