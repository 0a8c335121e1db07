# What both toolchains have in common; `sel4ux_cc` and `sel4ux_cxx` are the compilers.
#
# The build folder is the sysroot, so that no header or library of the host gets into a program by
# accident: seL4 programs bring their own C library.

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_SYSROOT "${CMAKE_BINARY_DIR}")

set(CMAKE_C_COMPILER "${sel4ux_cc}")
set(CMAKE_ASM_COMPILER "${sel4ux_cc}")
set(CMAKE_CXX_COMPILER "${sel4ux_cxx}")

# Checks of the compiler cannot link: the C library and the start code are parts of the project.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CROSS_COMPILER_PREFIX TRIPLE)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(kind IN ITEMS LIBRARY INCLUDE PACKAGE)
    set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()

find_program(CCACHE ccache)
if(CCACHE)
    set_property(GLOBAL PROPERTY RULE_LAUNCH_COMPILE "${CCACHE}")
endif()
mark_as_advanced(FORCE CMAKE_TOOLCHAIN_FILE CCACHE)

option(FORCE_COLORED_OUTPUT "Colour the compiler's messages, whatever its output is." OFF)
mark_as_advanced(FORCE_COLORED_OUTPUT)
if(FORCE_COLORED_OUTPUT)
    set(CMAKE_COLOR_DIAGNOSTICS ON)
endif()
