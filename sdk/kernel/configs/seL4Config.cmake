# The machine that the project is for: platform, architecture, word size, compiler.
#
# sel4ux has one: pc99, x86_64. A project that asks for another stops here with the reason. Begins
# the kernel's `configure_string`, which CMakeLists.txt of this folder goes on with.
cmake_minimum_required(VERSION 3.19)

get_filename_component(KERNEL_ROOT_DIR "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
include("${KERNEL_ROOT_DIR}/tools/helpers.cmake")
include("${KERNEL_ROOT_DIR}/config/foreign.cmake")

set(configure_string "")
sel4ux_refuse_foreign_machine()

set(KernelPlatform pc99 CACHE STRING "")
set(KernelSel4Arch x86_64 CACHE STRING "")
set(KernelPlatPC99 ON CACHE INTERNAL "" FORCE)
sel4ux_foreign_switches(${SEL4UX_FOREIGN_MACHINE})
config_choice(KernelSel4Arch SEL4_ARCH "Architecture, with its mode"
    "x86_64;KernelSel4ArchX86_64;ARCH_X86_64")
config_choice(KernelArch ARCH "Architecture" "x86;KernelArchX86;ARCH_X86")
config_choice(KernelPlatform PLAT "Platform" "pc99;KernelPlatPC99;PLAT_PC99")
config_set(KernelWordSize WORD_SIZE 64)
set(Kernel64 ON CACHE INTERNAL "")
set(Kernel32 OFF CACHE INTERNAL "")
config_string(KernelPC99TSCFrequency PC99_TSC_FREQUENCY
    "Frequency of the time stamp counter in Hz; 0: as measured" DEFAULT 0 UNQUOTE)
set(KernelPlatformSupportsMCS ON)

# The project's project() is to find the right compiler. A toolchain of the person's own stays.
if("${CMAKE_TOOLCHAIN_FILE}" STREQUAL "")
    if("${TRIPLE}" STREQUAL "")
        set(CMAKE_TOOLCHAIN_FILE "${KERNEL_ROOT_DIR}/gcc.cmake" CACHE PATH "")
    else()
        set(CMAKE_TOOLCHAIN_FILE "${KERNEL_ROOT_DIR}/llvm.cmake" CACHE PATH "")
    endif()
endif()
