# Guests: static seL4 programs, each built for the kernels on which its tests need it.
#
#   sel4ux_add_guest(NAME SOURCES file... [CHILD file...] [KERNELS kernel...] [ON_DEMAND kernel...])
#
# A kernel is a configuration of abi/configs.json, and guests have two forms of the same sources: for
# CONFIG the image has `syscall` instructions, for link/CONFIG it has the call sites of engine `link`
# and starts by itself. The default is `debug link/debug`. Release kernels differ in what is not there
# (debug system calls, printing), so a guest is built for them when it looks at that or when nothing
# else stands for its kind; engine `link` differs in the calls themselves, not in what they do, so it
# has few guests for other kernels than debug ones.
#
# Images are guests/NAME.elf (debug: the configuration that is assumed where nothing tells another)
# and guests/CONFIG/images/NAME.elf, which lies in a build tree like upstream's that tells; those of
# the other form are below guests/link. Those for ON_DEMAND belong to the target guests-on-demand.
# With CHILD, a second program is built of those files and carried by the first as `child` in its
# archive. The global property SEL4UX_GUEST_IMAGES lists what is always built, for the tests.
#
# The compiler is called directly: the flags of the project's own programs (sanitizers, coverage)
# are not for code that runs without an operating system.

get_filename_component(SEL4UX_GUEST_ROOT ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
set(SEL4UX_GUEST_GEN ${CMAKE_BINARY_DIR}/gen)
set(SEL4UX_GUEST_DIR ${CMAKE_BINARY_DIR}/guests)
set(SEL4UX_GUEST_FLAGS
    -std=gnu11 -O2 -g -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Werror
    -ffreestanding -fno-stack-protector -fno-pic -fno-asynchronous-unwind-tables -mno-avx
    -I${SEL4UX_GUEST_ROOT}/include -I${SEL4UX_GUEST_ROOT}/apps/lib)
# By the folder that a form's files are in: its own flags, before all others.
set(SEL4UX_GUEST_FORMS "" link/)
set(SEL4UX_GUEST_FORM_link/ -I${SEL4UX_GUEST_ROOT}/include/freestanding)
set(SEL4UX_GUEST_LINK
    -nostdlib -static -Wno-unused-command-line-argument
    -Wl,-T,${SEL4UX_GUEST_ROOT}/apps/lib/guest.ld,--build-id=none,-z,noexecstack,-z,max-page-size=4096)
set(SEL4UX_GUEST_COMMON start.S tls.c string.c print.c)
set(SEL4UX_GUEST_OF_ROOT root.c console.c alloc.c vspace.c thread.c process.c archive.c)
set(SEL4UX_GUEST_OF_CHILD child.c)
# Of lib/start: what makes a root task of the link form a Linux executable.
set(SEL4UX_GUEST_START start_x86_64.c launch.c note.S)

file(GLOB SEL4UX_GUEST_HEADERS CONFIGURE_DEPENDS
    ${SEL4UX_GUEST_ROOT}/include/sel4/*.h ${SEL4UX_GUEST_ROOT}/include/sel4ux/*.h
    ${SEL4UX_GUEST_ROOT}/include/freestanding/sel4/*.h
    ${SEL4UX_GUEST_ROOT}/apps/lib/*.h)
file(GLOB SEL4UX_GUEST_ABI CONFIGURE_DEPENDS
    ${SEL4UX_GUEST_ROOT}/tools/abi*.py ${SEL4UX_GUEST_ROOT}/abi/*.json)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SEL4UX_GUEST_ABI})
execute_process(
    COMMAND ${Python3_EXECUTABLE} ${SEL4UX_GUEST_ROOT}/tools/abigen.py ${SEL4UX_GUEST_GEN}
    COMMAND_ERROR_IS_FATAL ANY)

add_custom_target(guests ALL)
add_custom_target(guests-on-demand)

# The headers that a file may include beside the runtime's: those of its folder and its neighbours.
function(sel4ux_guest_headers out)
    set(headers)
    foreach(source ${ARGN})
        get_filename_component(folder ${source} DIRECTORY)
        file(GLOB found CONFIGURE_DEPENDS ${folder}/*.h ${folder}/../*/*.h)
        list(APPEND headers ${found})
    endforeach()
    list(REMOVE_DUPLICATES headers)
    set(${out} ${headers} PARENT_SCOPE)
endfunction()

# Compiles one file for a kernel, with more compiler arguments, if that is not done yet.
function(sel4ux_guest_object form config source object)
    get_property(known GLOBAL PROPERTY SEL4UX_GUEST_OBJECTS)
    if(object IN_LIST known)
        return()
    endif()
    set_property(GLOBAL APPEND PROPERTY SEL4UX_GUEST_OBJECTS ${object})
    get_filename_component(folder ${object} DIRECTORY)
    file(MAKE_DIRECTORY ${folder})
    sel4ux_guest_headers(headers ${source})
    add_custom_command(OUTPUT ${object}
        COMMAND ${CMAKE_C_COMPILER} ${SEL4UX_GUEST_FORM_${form}} ${SEL4UX_GUEST_FLAGS}
            -I${SEL4UX_GUEST_GEN}/guest/${config} ${ARGN} -c ${source} -o ${object}
        DEPENDS ${source} ${headers} ${SEL4UX_GUEST_HEADERS}
            ${SEL4UX_GUEST_GEN}/guest/${config}/interfaces/sel4_client.h
            ${SEL4UX_GUEST_GEN}/guest/${config}/gen_config.json
        VERBATIM)
endfunction()

# The runtime for each kernel: SEL4UX_GUEST_${form}${part}_${config} are objects.
set(SEL4UX_GUEST_CONFIGS debug release mcs-debug mcs-release)
foreach(config ${SEL4UX_GUEST_CONFIGS} debug-api bench mcs-smp)
    foreach(form IN LISTS SEL4UX_GUEST_FORMS)
        set(all)
        foreach(part COMMON OF_ROOT OF_CHILD)
            set(objects ${SEL4UX_GUEST_${part}})
            list(TRANSFORM objects REPLACE "(.+)" "${SEL4UX_GUEST_DIR}/${form}lib/${config}/\\1.o")
            foreach(source object IN ZIP_LISTS SEL4UX_GUEST_${part} objects)
                sel4ux_guest_object("${form}" ${config} ${SEL4UX_GUEST_ROOT}/apps/lib/${source}
                    ${object})
            endforeach()
            set(SEL4UX_GUEST_${form}${part}_${config} ${objects})
            list(APPEND all ${objects})
        endforeach()
        if(form)
            foreach(source ${SEL4UX_GUEST_START})
                set(object ${SEL4UX_GUEST_DIR}/link/lib/${config}/${source}.o)
                sel4ux_guest_object(link/ ${config} ${SEL4UX_GUEST_ROOT}/lib/start/${source}
                    ${object} -DSEL4UX_PATH="${CMAKE_BINARY_DIR}/sel4ux"
                    -DSEL4UX_CONFIG_FILE="${SEL4UX_GUEST_GEN}/guest/${config}/gen_config.json")
                list(APPEND SEL4UX_GUEST_link/OF_ROOT_${config} ${object})
                list(APPEND all ${object})
            endforeach()
        endif()
        # All in one target, or parallel makes would race for a shared object.
        string(MAKE_C_IDENTIFIER "guest_lib_${form}${config}" SEL4UX_GUEST_${form}LIB_${config})
        add_custom_target(${SEL4UX_GUEST_${form}LIB_${config}} DEPENDS ${all})
    endforeach()
endforeach()
foreach(config ${SEL4UX_GUEST_CONFIGS} debug-api bench mcs-smp)
    if(NOT config STREQUAL debug)
        configure_file(${SEL4UX_GUEST_GEN}/guest/${config}/gen_config.json
            ${SEL4UX_GUEST_DIR}/${config}/kernel/gen_config/kernel/gen_config.json COPYONLY)
        configure_file(${SEL4UX_GUEST_GEN}/guest/${config}/invocations_all.json
            ${SEL4UX_GUEST_DIR}/${config}/kernel/generated/invocations_all.json COPYONLY)
        file(COPY ${SEL4UX_GUEST_DIR}/${config}/kernel
            DESTINATION ${SEL4UX_GUEST_DIR}/link/${config})
    endif()
endforeach()

# Files that many programs are made of: they are compiled once for each kernel that needs them.
function(sel4ux_guest_share)
    set_property(GLOBAL APPEND PROPERTY SEL4UX_GUEST_SHARED ${ARGN})
endfunction()

# The files of ARGN, those that are shared replaced by their objects, in ${out}.
function(sel4ux_guest_shared out form config)
    get_property(shared GLOBAL PROPERTY SEL4UX_GUEST_SHARED)
    set(result)
    foreach(source ${ARGN})
        if(source IN_LIST shared)
            file(RELATIVE_PATH name ${SEL4UX_GUEST_ROOT} ${source})
            set(object ${SEL4UX_GUEST_DIR}/${form}lib/${config}/${name}.o)
            sel4ux_guest_object("${form}" ${config} ${source} ${object})
            set(source ${object})
        endif()
        list(APPEND result ${source})
    endforeach()
    set(${out} ${result} PARENT_SCOPE)
endfunction()

# Links one program of `part` (ROOT or CHILD) from sources and more compiler arguments.
function(sel4ux_guest_program output form config part)
    cmake_parse_arguments(ARG "" "" "SOURCES;OPTIONS;DEPENDS" ${ARGN})
    list(TRANSFORM ARG_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ REGEX "^[^/]")
    sel4ux_guest_headers(headers ${ARG_SOURCES})
    sel4ux_guest_shared(ARG_SOURCES "${form}" ${config} ${ARG_SOURCES})
    get_filename_component(folder ${output} DIRECTORY)
    file(MAKE_DIRECTORY ${folder})
    set(entry)
    if(form AND part STREQUAL ROOT)
        set(entry -Wl,-e,_sel4ux_start)
    endif()
    set(objects ${SEL4UX_GUEST_${form}COMMON_${config}}
        ${SEL4UX_GUEST_${form}OF_${part}_${config}})
    add_custom_command(OUTPUT ${output}
        COMMAND ${CMAKE_C_COMPILER} ${SEL4UX_GUEST_FORM_${form}} ${SEL4UX_GUEST_FLAGS}
            -I${SEL4UX_GUEST_GEN}/guest/${config}
            ${ARG_OPTIONS} ${SEL4UX_GUEST_LINK} ${entry} ${ARG_SOURCES} ${objects} -o ${output}
        DEPENDS ${ARG_SOURCES} ${headers} ${objects} ${ARG_DEPENDS}
            ${SEL4UX_GUEST_${form}LIB_${config}}
            ${SEL4UX_GUEST_ROOT}/apps/lib/guest.ld ${SEL4UX_GUEST_HEADERS}
        VERBATIM)
endfunction()

# Where the image `name` for a kernel is, below the guests' folder.
function(sel4ux_guest_image_path out name form config)
    set(path ${form}${config}/images/${name}.elf)
    if(config STREQUAL debug)
        set(path ${form}${name}.elf)
    endif()
    set(${out} ${path} PARENT_SCOPE)
endfunction()

# For sel4ux_guest_images, of sel4ux_add_guest's arguments.
function(sel4ux_guest_image out name form config)
    set(sources ${ARG_SOURCES})
    sel4ux_guest_image_path(path ${name} "${form}" ${config})
    set(options "-DGUEST_NAME=\"${name}\"")
    set(archive)
    if(ARG_CHILD)
        set(child_program ${SEL4UX_GUEST_DIR}/${form}lib/${config}/${name}-child.elf)
        set(archive ${SEL4UX_GUEST_DIR}/${form}lib/${config}/${name}.cpio)
        sel4ux_guest_program(${child_program} "${form}" ${config} CHILD SOURCES ${ARG_CHILD})
        add_custom_command(OUTPUT ${archive}
            COMMAND ${Python3_EXECUTABLE} ${SEL4UX_GUEST_ROOT}/tools/mkarchive.py ${archive}
                child=${child_program}
            DEPENDS ${child_program} ${SEL4UX_GUEST_ROOT}/tools/mkarchive.py
            VERBATIM)
        list(APPEND sources ${SEL4UX_GUEST_ROOT}/apps/lib/archive.S)
        list(APPEND options "-DGUEST_ARCHIVE=\"${archive}\"")
    endif()
    sel4ux_guest_program(${SEL4UX_GUEST_DIR}/${path} "${form}" ${config} ROOT SOURCES ${sources}
        OPTIONS ${options} DEPENDS ${archive})
    set(${out} ${path} PARENT_SCOPE)
endfunction()

# Makes images of NAME for kernels: calls command(OUT NAME FORM CONFIG), which sees the variables of
# the caller and puts the image's path into ${OUT}. The first list is built by default.
function(sel4ux_guest_images command name kernels on_demand)
    foreach(target guests guests-on-demand)
        set(images)
        foreach(kernel ${kernels})
            string(REGEX MATCH "^link/" form ${kernel})
            get_filename_component(config ${kernel} NAME)
            cmake_language(CALL ${command} path ${name} "${form}" ${config})
            list(APPEND images ${path})
        endforeach()
        if(images)
            if(target STREQUAL guests)
                set_property(GLOBAL APPEND PROPERTY SEL4UX_GUEST_IMAGES ${images})
            endif()
            list(TRANSFORM images PREPEND ${SEL4UX_GUEST_DIR}/)
            add_custom_target(${target}-${name} DEPENDS ${images})
            add_dependencies(${target} ${target}-${name})
        endif()
        set(kernels ${on_demand})
    endforeach()
endfunction()

function(sel4ux_add_guest name)
    cmake_parse_arguments(ARG "" "" "SOURCES;CHILD;KERNELS;ON_DEMAND" ${ARGN})
    if(NOT ARG_KERNELS)
        set(ARG_KERNELS debug link/debug)
    endif()
    sel4ux_guest_images(sel4ux_guest_image ${name} "${ARG_KERNELS}" "${ARG_ON_DEMAND}")
endfunction()

set(SEL4UX_APPS ${SEL4UX_GUEST_ROOT}/apps)
set(SEL4UX_GUEST_TESTS ${SEL4UX_GUEST_ROOT}/tests/guest)
set(SEL4UX_GUEST_CONFORM ${SEL4UX_GUEST_TESTS}/conform.c)
set(SEL4UX_GUEST_TRY ${SEL4UX_GUEST_TESTS}/conform_try.c ${SEL4UX_GUEST_CONFORM})
sel4ux_guest_share(${SEL4UX_GUEST_TRY} ${SEL4UX_GUEST_ROOT}/tests/host/common.c)

# Without debugging and printing: a start and an end; processes; the memory map, which is another;
# faults and interrupts, of which other kernels print something.
sel4ux_add_guest(hello SOURCES ${SEL4UX_APPS}/hello/hello.c
    KERNELS debug link/debug release link/release)
sel4ux_add_guest(process SOURCES ${SEL4UX_APPS}/process/process.c
    CHILD ${SEL4UX_APPS}/process/child.c KERNELS debug link/debug release)
sel4ux_add_guest(interrupts SOURCES ${SEL4UX_APPS}/interrupts/interrupts.c
    KERNELS debug link/debug release)
foreach(name bootinfo debug exceptions faults ipc)
    sel4ux_add_guest(${name} SOURCES ${SEL4UX_GUEST_TESTS}/${name}.c
        KERNELS debug link/debug release)
endforeach()

foreach(name threads spin)
    sel4ux_add_guest(${name} SOURCES ${SEL4UX_APPS}/${name}/${name}.c)
endforeach()
foreach(name bases capabilities counter exhaustion fpuoff interruptions ioports mapping notifications
        pitboot registers reload remap restart scheduling sites sites_r14 stackoverflow text tls
        undefined untyped wildjump window)
    sel4ux_add_guest(${name} SOURCES ${SEL4UX_GUEST_TESTS}/${name}.c)
endforeach()
foreach(name fpustate shm vspaces)
    sel4ux_add_guest(${name} SOURCES ${SEL4UX_GUEST_TESTS}/${name}.c
        CHILD ${SEL4UX_GUEST_TESTS}/${name}_child.c)
endforeach()

# Of the conformance guests, those about system calls themselves in the form of engine `link`, too.
sel4ux_add_guest(conform_syscalls SOURCES ${SEL4UX_GUEST_TESTS}/conform_syscalls.c
    ${SEL4UX_GUEST_TRY} KERNELS debug link/debug release link/release mcs-debug link/mcs-debug
    mcs-release)
sel4ux_add_guest(conform_mcs_syscalls SOURCES ${SEL4UX_GUEST_TESTS}/conform_mcs_syscalls.c
    ${SEL4UX_GUEST_TRY} KERNELS mcs-debug link/mcs-debug mcs-release)
sel4ux_add_guest(conform_mcs_contexts SOURCES ${SEL4UX_GUEST_TESTS}/conform_mcs_contexts.c
    ${SEL4UX_GUEST_CONFORM} KERNELS mcs-debug link/mcs-debug)
sel4ux_add_guest(conform_debug SOURCES ${SEL4UX_GUEST_TESTS}/conform_debug.c
    ${SEL4UX_GUEST_CONFORM}
    KERNELS debug link/debug release link/release mcs-debug link/mcs-debug mcs-release)
foreach(name halt_buffer halt_long halt_type)
    sel4ux_add_guest(conform_${name} SOURCES ${SEL4UX_GUEST_TESTS}/conform_${name}.c
        ${SEL4UX_GUEST_CONFORM} KERNELS debug link/debug release mcs-debug mcs-release)
endforeach()
foreach(name asid cnode domain frames irq ports spaces tables tcb untyped zombie)
    sel4ux_add_guest(conform_${name} SOURCES ${SEL4UX_GUEST_TESTS}/conform_${name}.c
        ${SEL4UX_GUEST_CONFORM} KERNELS debug link/debug mcs-debug)
endforeach()
foreach(name breakpoints domains)
    sel4ux_add_guest(conform_${name} SOURCES ${SEL4UX_GUEST_TESTS}/conform_${name}.c
        ${SEL4UX_GUEST_CONFORM} KERNELS debug-api link/debug-api)
endforeach()
sel4ux_add_guest(memory SOURCES ${SEL4UX_GUEST_TESTS}/memory.c
    KERNELS debug release mcs-debug mcs-release debug-api)
sel4ux_add_guest(utilisation SOURCES ${SEL4UX_GUEST_TESTS}/utilisation.c
    KERNELS bench link/bench)
sel4ux_add_guest(nodes SOURCES ${SEL4UX_GUEST_TESTS}/nodes.c
    KERNELS mcs-smp link/mcs-smp)
sel4ux_add_guest(isairqs SOURCES ${SEL4UX_GUEST_TESTS}/isairqs.c)
sel4ux_add_guest(breakpoints SOURCES ${SEL4UX_GUEST_TESTS}/breakpoints.c
    KERNELS debug-api link/debug-api)

foreach(name clocks interleave echo storm)
    sel4ux_add_guest(${name} SOURCES ${SEL4UX_GUEST_ROOT}/tests/time/${name}.c KERNELS debug)
endforeach()
sel4ux_add_guest(hostio SOURCES ${SEL4UX_APPS}/hostio/hostio.c
    KERNELS debug link/debug mcs-release)
foreach(name files refusals events hold block copy code)
    sel4ux_add_guest(host_${name} SOURCES ${SEL4UX_GUEST_ROOT}/tests/host/${name}.c
        ${SEL4UX_GUEST_ROOT}/tests/host/common.c KERNELS debug link/debug mcs-release)
endforeach()
include(${SEL4UX_APPS}/servers/servers.cmake)
sel4ux_add_guest(stuck SOURCES ${SEL4UX_GUEST_ROOT}/tests/inspect/stuck.c
    KERNELS debug mcs-debug)
sel4ux_add_guest(crowd SOURCES ${SEL4UX_GUEST_ROOT}/tests/inspect/crowd.c KERNELS debug)
sel4ux_add_guest(known SOURCES ${SEL4UX_GUEST_ROOT}/tests/trace/known.c)
include(${SEL4UX_APPS}/sos/sos.cmake)
include(${SEL4UX_GUEST_ROOT}/tests/net/net.cmake)
