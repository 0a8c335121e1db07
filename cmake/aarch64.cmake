# Toolchain: Debian's cross compiler for aarch64, and qemu's user emulation to run what it makes.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_ASM_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

find_program(SEL4UX_QEMU NAMES qemu-aarch64 qemu-aarch64-static)
if(SEL4UX_QEMU)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${SEL4UX_QEMU} -L /usr/aarch64-linux-gnu)
endif()
