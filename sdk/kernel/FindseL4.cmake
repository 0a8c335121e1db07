# What find_package(seL4) finds when a project's kernel/ folder is this one.
#
# Sets KERNEL_PATH, KERNEL_HELPERS_PATH and KERNEL_CONFIG_PATH, and defines the three macros by which
# a project configures and imports the kernel and libsel4. The kernel itself is not built: the
# program that runs on it becomes a Linux executable (docs/porting.md).

foreach(entry IN ITEMS "PATH:." "HELPERS_PATH:tools/helpers.cmake" "CONFIG_PATH:configs/seL4Config.cmake")
    string(REPLACE ":" ";" entry "${entry}")
    list(GET entry 0 suffix)
    list(GET entry 1 file)
    get_filename_component(file "${CMAKE_CURRENT_LIST_DIR}/${file}" ABSOLUTE)
    set(KERNEL_${suffix} "${file}" CACHE STRING "")
    mark_as_advanced(KERNEL_${suffix})
endforeach()

# Chooses platform, architecture and compiler; comes before the project's own project().
macro(sel4_configure_platform_settings)
    include("${KERNEL_CONFIG_PATH}")
endmacro()

# Fixes the kernel's configuration and makes the targets that carry it.
macro(sel4_import_kernel)
    add_subdirectory("${KERNEL_PATH}" "${CMAKE_BINARY_DIR}/kernel")
endmacro()

# Makes the targets sel4 and sel4_autoconf.
macro(sel4_import_libsel4)
    add_subdirectory("${KERNEL_PATH}/libsel4" "${CMAKE_BINARY_DIR}/libsel4")
endmacro()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(seL4 DEFAULT_MSG KERNEL_PATH KERNEL_HELPERS_PATH KERNEL_CONFIG_PATH)
