# Finding, preprocessing and dating files, for the build scripts of a project.
#
# Relative inputs are looked for in the source folder first and else taken to be in the build folder;
# relative outputs are in the build folder.
cmake_minimum_required(VERSION 3.19)

# RequireFile(VARIABLE name [PATHS folder...]): the path of a file that must exist, in the cache.
function(RequireFile variable name)
    find_file(${variable} "${name}" PATHS "${CMAKE_CURRENT_SOURCE_DIR}" CMAKE_FIND_ROOT_PATH_BOTH
        ${ARGN})
    if(NOT ${variable})
        message(FATAL_ERROR "${name}: no such file; looked in ${CMAKE_CURRENT_SOURCE_DIR} ${ARGN}")
    endif()
    mark_as_advanced(FORCE ${variable})
endfunction()

function(get_absolute_source_or_binary output input)
    get_filename_component(path "${input}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    if(NOT EXISTS "${path}")
        get_filename_component(path "${input}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
    endif()
    set(${output} "${path}" PARENT_SCOPE)
endfunction()

# The same, but the folder of the CMake file being read comes first.
function(get_absolute_list_source_or_binary output input)
    get_filename_component(path "${input}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_LIST_DIR}")
    if(NOT EXISTS "${path}")
        get_absolute_source_or_binary(path "${input}")
    endif()
    set(${output} "${path}" PARENT_SCOPE)
endfunction()

# cppfile(OUTPUT TARGET INPUT [EXACT_NAME name] [EXTRA_DEPS d...] [EXTRA_FLAGS f...])
#
# Runs the C preprocessor over a file of any kind, with the flags and include folders of the current
# folder, as a build step. An object library does it, since only a target knows those flags.
function(cppfile output target input)
    cmake_parse_arguments(PARSE_ARGV 3 arg "" "EXACT_NAME" "EXTRA_DEPS;EXTRA_FLAGS")
    if(DEFINED arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "cppfile(${output}): unknown '${arg_UNPARSED_ARGUMENTS}'")
    endif()
    get_absolute_source_or_binary(input "${input}")
    set(copy "${CMAKE_CURRENT_BINARY_DIR}/${target}_temp.c")
    if(arg_EXACT_NAME)
        set(copy "${CMAKE_CURRENT_BINARY_DIR}/${arg_EXACT_NAME}")
    endif()
    add_custom_command(OUTPUT "${copy}"
        COMMAND ${CMAKE_COMMAND} -E copy "${input}" "${copy}"
        DEPENDS "${input}" ${arg_EXTRA_DEPS} VERBATIM)
    add_custom_target(${target}_copy_in DEPENDS "${copy}")
    add_library(${target}_temp_lib OBJECT "${copy}")
    add_dependencies(${target}_temp_lib ${target}_copy_in)
    target_compile_options(${target}_temp_lib PRIVATE -E ${arg_EXTRA_FLAGS})
    add_custom_command(OUTPUT "${output}"
        COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_OBJECTS:${target}_temp_lib> "${output}"
        DEPENDS ${target}_temp_lib $<TARGET_OBJECTS:${target}_temp_lib> VERBATIM)
    add_custom_target(${target} DEPENDS "${output}")
endfunction()

# list_append_if(LIST "conditions" item...): in the caller's caller, as a part of a function.
macro(list_append_if list conditions)
    sel4ux_conditions(sel4ux_append ${conditions})
    if(sel4ux_append)
        set(${list} ${${list}} ${ARGN} PARENT_SCOPE)
    endif()
endmacro()

# check_outfile_stale(RESULT file DEPENDENCIES record): whether `file` is to be made again, because
# it is missing, older than one of the files in the list DEPENDENCIES, or was made with others.
# `record` remembers the arguments.
macro(check_outfile_stale result file dependencies record)
    set(sel4ux_made_with "${file} ${${dependencies}}")
    set(sel4ux_record "")
    if(EXISTS "${record}")
        file(READ "${record}" sel4ux_record)
    endif()
    set(${result} FALSE)
    if(NOT EXISTS "${file}" OR NOT "${sel4ux_record}" STREQUAL "${sel4ux_made_with}")
        set(${result} TRUE)
    endif()
    foreach(sel4ux_dependency IN LISTS ${dependencies})
        if("${sel4ux_dependency}" IS_NEWER_THAN "${file}")
            set(${result} TRUE)
        endif()
    endforeach()
    if(${result})
        file(WRITE "${record}" "${sel4ux_made_with}")
    endif()
endmacro()

# Configuration files that build a kernel when run as scripts have nothing to build here.
macro(cmake_script_build_kernel)
    if(NOT "${CMAKE_SCRIPT_MODE_FILE}" STREQUAL "")
        message(FATAL_ERROR "sel4ux: this folder builds no kernel; configure a project that uses it")
    endif()
endmacro()
