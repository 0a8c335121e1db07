# The CMake functions that seL4 projects take from their kernel folder, all of them:
#
#   options.cmake   config_option, config_string, config_choice, config_set
#   config.cmake    add_config_library, generate_autoconf, get_generated_files
#   files.cmake     RequireFile, get_absolute_*, cppfile, list_append_if, check_outfile_stale
#   sel4ux.cmake    what this folder adds: sel4ux_rootserver
cmake_minimum_required(VERSION 3.19)

foreach(part IN ITEMS options config files sel4ux)
    include("${CMAKE_CURRENT_LIST_DIR}/${part}.cmake")
endforeach()
