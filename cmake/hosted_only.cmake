# For processors on which only the API layer's hosted programs run: the kernel model, the machine and
# src/hosted are built; the engines, which run x86_64 guests as they are, are not.
set(SEL4UX_GUEST_GEN ${CMAKE_BINARY_DIR}/gen)
set(SEL4UX_GUEST_CONFIGS debug release mcs-debug mcs-release)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SEL4UX_ABI_SOURCES})
execute_process(
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/abigen.py ${SEL4UX_GUEST_GEN}
    COMMAND_ERROR_IS_FATAL ANY)

include(cmake/hosted.cmake)
include(cmake/sdk.cmake)

include(CTest)
if(BUILD_TESTING)
    add_subdirectory(tests)
endif()
