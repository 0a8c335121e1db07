# What seL4 projects keep in their settings: which machine, and options with this project's values.
# Read before project(), which the platform settings choose the compiler for.

list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}/kernel")
set(KernelPlatform pc99 CACHE STRING "")
set(KernelVerificationBuild OFF CACHE BOOL "")
set(KernelRootCNodeSizeBits 14 CACHE STRING "")
find_package(seL4 REQUIRED)
sel4_configure_platform_settings()
