# Toolchain: GCC for x86_64 seL4 programs, which have no operating system below them as far as CMake
# knows. -DCROSS_COMPILER_PREFIX=x86_64-linux-gnu- chooses another GCC than `gcc`.

set(sel4ux_cc "${CROSS_COMPILER_PREFIX}gcc")
set(sel4ux_cxx "${CROSS_COMPILER_PREFIX}g++")
include("${CMAKE_CURRENT_LIST_DIR}/tools/toolchain.cmake")
