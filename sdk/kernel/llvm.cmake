# Toolchain: clang for x86_64 seL4 programs; chosen by -DTRIPLE=x86_64-linux-gnu.

set(LLVM_TOOLCHAIN ON)
set(sel4ux_cc clang)
set(sel4ux_cxx clang++)
foreach(language IN ITEMS C CXX ASM)
    set(CMAKE_${language}_COMPILER_ID Clang)
    set(CMAKE_${language}_COMPILER_TARGET "${TRIPLE}")
endforeach()
set(CROSS_COMPILER_PREFIX "${TRIPLE}-")
include("${CMAKE_CURRENT_LIST_DIR}/tools/toolchain.cmake")
