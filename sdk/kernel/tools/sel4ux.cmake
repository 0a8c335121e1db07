# What this folder adds to seL4's helpers: where the rest of sel4ux is, and how a root server becomes
# a Linux executable.
#
#   Sel4uxLayer             api: system calls are direct calls, the image runs by itself;
#                           abi: they are instructions, the image also runs on a real kernel
#   sel4ux_rootserver(TARGET)  makes an executable target start by itself; done for the target of
#                           DeclareRootserver
cmake_minimum_required(VERSION 3.19)

# Sets SEL4UX_SHARE (generator, description of the ABI, libraries' sources), SEL4UX_INCLUDE and
# SEL4UX_PROGRAM if `share` is such a folder.
macro(sel4ux_try share include)
    if(NOT SEL4UX_SHARE AND EXISTS "${share}/tools/abigen.py")
        get_filename_component(SEL4UX_SHARE "${share}" ABSOLUTE)
        get_filename_component(SEL4UX_INCLUDE "${include}" ABSOLUTE)
        find_program(SEL4UX_PROGRAM sel4ux PATHS ${ARGN} NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH
            DOC "The sel4ux that images start as")
        mark_as_advanced(SEL4UX_PROGRAM)
    endif()
endmacro()

# This folder is a part of a source tree, or installed; links to it are followed. For a copy of it,
# the sel4ux of PATH tells where the rest is.
get_filename_component(sel4ux_kernel "${CMAKE_CURRENT_LIST_DIR}/.." REALPATH)
set(SEL4UX_SHARE)
sel4ux_try("${sel4ux_kernel}/../.." "${sel4ux_kernel}/../../include" "${sel4ux_kernel}/../../build")
sel4ux_try("${sel4ux_kernel}/.." "${sel4ux_kernel}/../../../include/sel4ux"
    "${sel4ux_kernel}/../../../bin" "${sel4ux_kernel}/../../../..")
if(NOT SEL4UX_SHARE)
    find_program(sel4ux_of_path sel4ux NO_CMAKE_FIND_ROOT_PATH)
    mark_as_advanced(sel4ux_of_path)
    get_filename_component(sel4ux_bin "${sel4ux_of_path}" REALPATH)
    get_filename_component(sel4ux_bin "${sel4ux_bin}" DIRECTORY)
    sel4ux_try("${sel4ux_bin}/../share/sel4ux" "${sel4ux_bin}/../include/sel4ux" "${sel4ux_bin}")
    sel4ux_try("${sel4ux_bin}/sdk/share/sel4ux" "${sel4ux_bin}/sdk/include/sel4ux" "${sel4ux_bin}")
endif()
if(NOT SEL4UX_SHARE)
    message(FATAL_ERROR "sel4ux: ${sel4ux_kernel} is a copy of a folder, and sel4ux is not in PATH.\n\
Make kernel/ a symbolic link to the folder, sdk/kernel or share/sel4ux/kernel, or put sel4ux in PATH.")
endif()
if(NOT SEL4UX_PROGRAM)
    set(SEL4UX_PROGRAM "${SEL4UX_SHARE}/build/sel4ux") # of a source tree that is not built yet
endif()

# Generates the headers of the project's configuration into `output`, and invocations_all.json.
function(sel4ux_generate output)
    set(generator "${SEL4UX_SHARE}/tools/abigen.py")
    file(GLOB inputs "${SEL4UX_SHARE}/tools/abi*.py" "${SEL4UX_SHARE}/abi/*.json")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${inputs})
    set(arguments --guest "${output}")
    foreach(file IN LISTS ARGN)
        list(APPEND arguments --config "${file}")
    endforeach()
    execute_process(COMMAND "${PYTHON3}" "${generator}" ${arguments}
        RESULT_VARIABLE failed ERROR_VARIABLE message)
    if(failed)
        sel4ux_refuse("this configuration cannot be had" "${message}")
    endif()
endfunction()

set(Sel4uxLayer api CACHE STRING "api: the image is a Linux executable; abi: it is an seL4 image")
set_property(CACHE Sel4uxLayer PROPERTY STRINGS api abi)
set(SEL4UX_OVERLAY)
if(Sel4uxLayer STREQUAL "api")
    set(SEL4UX_OVERLAY "${SEL4UX_INCLUDE}/freestanding")
elseif(NOT Sel4uxLayer STREQUAL "abi")
    message(FATAL_ERROR "sel4ux: Sel4uxLayer is '${Sel4uxLayer}'.\nConfigure with \
-DSel4uxLayer=api or -DSel4uxLayer=abi.")
endif()

# The target sel4ux_start: objects that make a root server start by itself. They talk to Linux first,
# so they are compiled with the host's headers, and not with the project's flags.
function(sel4ux_add_start include config)
    set(flags -O2 -g -ffreestanding -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables
        -fcf-protection=none "-I${include}" "-I${SEL4UX_INCLUDE}"
        "-DSEL4UX_PATH=\"${SEL4UX_PROGRAM}\"" "-DSEL4UX_CONFIG_FILE=\"${config}\"")
    set(objects)
    foreach(source IN ITEMS start_x86_64.c launch.c note.S)
        set(object "${CMAKE_CURRENT_BINARY_DIR}/start/${source}.o")
        add_custom_command(OUTPUT "${object}"
            COMMAND ${CMAKE_COMMAND} -E make_directory "${CMAKE_CURRENT_BINARY_DIR}/start"
            COMMAND ${CMAKE_C_COMPILER} ${flags} -c "${SEL4UX_SHARE}/lib/start/${source}" -o "${object}"
            DEPENDS "${SEL4UX_SHARE}/lib/start/${source}" "${SEL4UX_SHARE}/lib/start/start.h" "${config}"
            VERBATIM)
        list(APPEND objects "${object}")
    endforeach()
    add_custom_target(sel4ux_start DEPENDS ${objects})
    set_property(TARGET sel4ux_start PROPERTY SEL4UX_OBJECTS "${objects}")
endfunction()

# Makes an executable start by itself, with Sel4uxLayer=api. Its own entry is _sel4_start or _start.
function(sel4ux_rootserver target)
    if(NOT Sel4uxLayer STREQUAL "api" OR NOT TARGET sel4ux_start)
        return()
    endif()
    get_target_property(objects sel4ux_start SEL4UX_OBJECTS)
    add_dependencies(${target} sel4ux_start)
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${objects})
    set_property(TARGET ${target} APPEND PROPERTY LINK_LIBRARIES ${objects})
    # The last -e of a command line is the entry.
    set_property(TARGET ${target} APPEND_STRING PROPERTY LINK_FLAGS " -Wl,-e,_sel4ux_start ")
endfunction()

# When the whole project is known: the target that DeclareRootserver() made an image of.
function(sel4ux_finish)
    if(TARGET rootserver_image)
        get_target_property(image rootserver_image IMAGE_NAME)
        string(REGEX REPLACE "^.*/|-image-[^/]*$" "" program "${image}")
        if(TARGET "${program}")
            sel4ux_rootserver("${program}")
        endif()
    endif()
endfunction()
