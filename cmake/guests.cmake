# Guests: static seL4 programs, built for kernels in their debug and their release form.
#
#   sel4ux_add_guest(NAME SOURCES file... [CHILD file...] [CONFIGS config...])
#
# makes guests/NAME.elf (debug: the configuration that is assumed where nothing tells another) and
# guests/release/images/NAME.elf, which lies in a build tree like upstream's that tells. With CHILD, a
# second program is built of those files and carried by the first as `child` in its archive. CONFIGS
# are those of abi/configs.json, debug and release by default; another than debug is built like
# release. All of this is built in two forms of the same sources: with `syscall` instructions, and
# below guests/link with the call sites of engine `link`, as programs that start by themselves.
#
# The compiler is called directly: the flags of the project's own programs (sanitizers, coverage)
# are not for code that runs without an operating system.

set(SEL4UX_GUEST_ROOT ${CMAKE_CURRENT_LIST_DIR}/..)
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

# Compiles the runtime's files for `config`; their objects in ${out}.
function(sel4ux_guest_objects out form config)
    set(objects)
    set(folder ${SEL4UX_GUEST_DIR}/${form}lib/${config})
    foreach(source ${ARGN})
        set(object ${folder}/${source}.o)
        add_custom_command(OUTPUT ${object}
            COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
            COMMAND ${CMAKE_C_COMPILER} ${SEL4UX_GUEST_FORM_${form}} ${SEL4UX_GUEST_FLAGS}
                -I${SEL4UX_GUEST_GEN}/guest/${config}
                -c ${SEL4UX_GUEST_ROOT}/apps/lib/${source} -o ${object}
            DEPENDS ${SEL4UX_GUEST_ROOT}/apps/lib/${source} ${SEL4UX_GUEST_HEADERS}
                ${SEL4UX_GUEST_GEN}/guest/${config}/interfaces/sel4_client.h
            VERBATIM)
        list(APPEND objects ${object})
    endforeach()
    set(${out} ${objects} PARENT_SCOPE)
endfunction()

# The same for the files of SEL4UX_GUEST_START.
function(sel4ux_guest_start_objects out config)
    set(objects)
    set(folder ${SEL4UX_GUEST_DIR}/link/lib/${config})
    set(kernel ${SEL4UX_GUEST_GEN}/guest/${config}/gen_config.json)
    foreach(source ${SEL4UX_GUEST_START})
        set(object ${folder}/${source}.o)
        add_custom_command(OUTPUT ${object}
            COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
            COMMAND ${CMAKE_C_COMPILER} ${SEL4UX_GUEST_FORM_link/} ${SEL4UX_GUEST_FLAGS}
                -I${SEL4UX_GUEST_GEN}/guest/${config} -DSEL4UX_PATH="${CMAKE_BINARY_DIR}/sel4ux"
                -DSEL4UX_CONFIG_FILE="${kernel}"
                -c ${SEL4UX_GUEST_ROOT}/lib/start/${source} -o ${object}
            DEPENDS ${SEL4UX_GUEST_ROOT}/lib/start/${source} ${kernel}
                ${SEL4UX_GUEST_ROOT}/lib/start/start.h ${SEL4UX_GUEST_HEADERS}
            VERBATIM)
        list(APPEND objects ${object})
    endforeach()
    set(${out} ${objects} PARENT_SCOPE)
endfunction()

# Everything that differs by configuration, once.
set(SEL4UX_GUEST_CONFIGS debug release mcs-debug mcs-release)
foreach(config ${SEL4UX_GUEST_CONFIGS} debug-api)
    set(all)
    foreach(form IN LISTS SEL4UX_GUEST_FORMS)
        foreach(part COMMON OF_ROOT OF_CHILD)
            sel4ux_guest_objects(objects "${form}" ${config} ${SEL4UX_GUEST_${part}})
            set(SEL4UX_GUEST_${form}${part}_${config} ${objects})
            list(APPEND all ${objects})
        endforeach()
    endforeach()
    sel4ux_guest_start_objects(objects ${config})
    list(APPEND SEL4UX_GUEST_link/OF_ROOT_${config} ${objects})
    list(APPEND all ${objects})
    # All in one target, or parallel makes would race for a shared object.
    add_custom_target(guest-lib-${config} DEPENDS ${all})
endforeach()
foreach(config ${SEL4UX_GUEST_CONFIGS} debug-api)
    if(NOT config STREQUAL debug)
        configure_file(${SEL4UX_GUEST_GEN}/guest/${config}/gen_config.json
            ${SEL4UX_GUEST_DIR}/${config}/kernel/gen_config/kernel/gen_config.json COPYONLY)
        configure_file(${SEL4UX_GUEST_GEN}/guest/${config}/invocations_all.json
            ${SEL4UX_GUEST_DIR}/${config}/kernel/generated/invocations_all.json COPYONLY)
        file(COPY ${SEL4UX_GUEST_DIR}/${config}/kernel
            DESTINATION ${SEL4UX_GUEST_DIR}/link/${config})
    endif()
endforeach()

# Links one program of `part` (ROOT or CHILD) from sources and more compiler arguments.
function(sel4ux_guest_program output name form config part)
    cmake_parse_arguments(ARG "" "" "SOURCES;OPTIONS;DEPENDS" ${ARGN})
    set(name_file ${SEL4UX_GUEST_DIR}/lib/${name}.name.c)
    file(CONFIGURE OUTPUT ${name_file} @ONLY CONTENT
        "extern const char guest_name[];\nconst char guest_name[] = \"${name}\";\n")
    list(TRANSFORM ARG_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ REGEX "^[^/]")
    set(headers)
    foreach(source ${ARG_SOURCES})
        get_filename_component(folder ${source} DIRECTORY)
        file(GLOB found CONFIGURE_DEPENDS ${folder}/*.h)
        list(APPEND headers ${found})
    endforeach()
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
            ${ARG_OPTIONS} ${SEL4UX_GUEST_LINK} ${entry} ${name_file} ${ARG_SOURCES} ${objects}
            -o ${output}
        DEPENDS ${ARG_SOURCES} ${headers} ${name_file} ${objects} ${ARG_DEPENDS} guest-lib-${config}
            ${SEL4UX_GUEST_ROOT}/apps/lib/guest.ld ${SEL4UX_GUEST_HEADERS}
        VERBATIM)
endfunction()

# One program in one form for one configuration; its file in ${out}.
function(sel4ux_guest_image out name form config sources child)
    set(folder ${SEL4UX_GUEST_DIR}/${form})
    set(output ${folder}${name}.elf)
    if(NOT config STREQUAL debug)
        set(output ${folder}${config}/images/${name}.elf)
    endif()
    set(options)
    set(archive)
    if(child)
        set(child_program ${folder}lib/${config}/${name}-child.elf)
        set(archive ${folder}lib/${config}/${name}.cpio)
        sel4ux_guest_program(${child_program} ${name}-child "${form}" ${config} CHILD
            SOURCES ${child})
        add_custom_command(OUTPUT ${archive}
            COMMAND ${Python3_EXECUTABLE} ${SEL4UX_GUEST_ROOT}/tools/mkarchive.py ${archive}
                child=${child_program}
            DEPENDS ${child_program} ${SEL4UX_GUEST_ROOT}/tools/mkarchive.py
            VERBATIM)
        list(APPEND sources ${SEL4UX_GUEST_ROOT}/apps/lib/archive.S)
        set(options "-DGUEST_ARCHIVE=\"${archive}\"")
    endif()
    sel4ux_guest_program(${output} ${name} "${form}" ${config} ROOT SOURCES ${sources}
        OPTIONS ${options} DEPENDS ${archive})
    set(${out} ${output} PARENT_SCOPE)
endfunction()

function(sel4ux_add_guest name)
    cmake_parse_arguments(ARG "" "" "SOURCES;CHILD;CONFIGS" ${ARGN})
    if(NOT ARG_CONFIGS)
        set(ARG_CONFIGS debug release)
    endif()
    set(outputs)
    foreach(form IN LISTS SEL4UX_GUEST_FORMS)
        foreach(config ${ARG_CONFIGS})
            sel4ux_guest_image(output ${name} "${form}" ${config} "${ARG_SOURCES}" "${ARG_CHILD}")
            list(APPEND outputs ${output})
        endforeach()
    endforeach()
    add_custom_target(guest-${name} DEPENDS ${outputs})
    add_dependencies(guests guest-${name})
endfunction()

set(SEL4UX_APPS ${SEL4UX_GUEST_ROOT}/apps)
set(SEL4UX_GUEST_TESTS ${SEL4UX_GUEST_ROOT}/tests/guest)
foreach(name hello threads interrupts spin)
    sel4ux_add_guest(${name} SOURCES ${SEL4UX_APPS}/${name}/${name}.c)
endforeach()
sel4ux_add_guest(process SOURCES ${SEL4UX_APPS}/process/process.c
    CHILD ${SEL4UX_APPS}/process/child.c)
foreach(name bootinfo capabilities debug exceptions exhaustion faults fpuoff interruptions ioports
        ipc mapping notifications registers reload remap restart scheduling sites stackoverflow text
        tls undefined untyped wildjump window)
    sel4ux_add_guest(${name} SOURCES ${SEL4UX_GUEST_TESTS}/${name}.c)
endforeach()
foreach(name fpustate vspaces)
    sel4ux_add_guest(${name} SOURCES ${SEL4UX_GUEST_TESTS}/${name}.c
        CHILD ${SEL4UX_GUEST_TESTS}/${name}_child.c)
endforeach()
sel4ux_add_guest(shm SOURCES ${SEL4UX_GUEST_TESTS}/shm.c CHILD ${SEL4UX_GUEST_TESTS}/shm_child.c)
sel4ux_add_guest(conform_syscalls SOURCES ${SEL4UX_GUEST_TESTS}/conform_syscalls.c
    ${SEL4UX_GUEST_TESTS}/conform_try.c ${SEL4UX_GUEST_TESTS}/conform.c
    CONFIGS ${SEL4UX_GUEST_CONFIGS})
foreach(name breakpoints domains)
    sel4ux_add_guest(conform_${name} SOURCES ${SEL4UX_GUEST_TESTS}/conform_${name}.c
        ${SEL4UX_GUEST_TESTS}/conform.c CONFIGS debug-api)
endforeach()
sel4ux_add_guest(breakpoints SOURCES ${SEL4UX_GUEST_TESTS}/breakpoints.c CONFIGS debug-api)
sel4ux_add_guest(conform_mcs_syscalls SOURCES ${SEL4UX_GUEST_TESTS}/conform_mcs_syscalls.c
    ${SEL4UX_GUEST_TESTS}/conform_try.c ${SEL4UX_GUEST_TESTS}/conform.c
    CONFIGS mcs-debug mcs-release)
sel4ux_add_guest(conform_mcs_contexts SOURCES ${SEL4UX_GUEST_TESTS}/conform_mcs_contexts.c
    ${SEL4UX_GUEST_TESTS}/conform.c CONFIGS mcs-debug mcs-release)
foreach(name asid cnode debug domain frames halt_buffer halt_long halt_type irq ports spaces tables
        tcb untyped zombie)
    sel4ux_add_guest(conform_${name} SOURCES ${SEL4UX_GUEST_TESTS}/conform_${name}.c
        ${SEL4UX_GUEST_TESTS}/conform.c CONFIGS ${SEL4UX_GUEST_CONFIGS})
endforeach()
sel4ux_add_guest(clocks SOURCES ${SEL4UX_GUEST_ROOT}/tests/time/clocks.c CONFIGS debug)
foreach(name interleave echo storm)
    sel4ux_add_guest(${name} SOURCES ${SEL4UX_GUEST_ROOT}/tests/time/${name}.c)
endforeach()
sel4ux_add_guest(hostio SOURCES ${SEL4UX_APPS}/hostio/hostio.c CONFIGS debug mcs-release)
foreach(name files refusals events hold block copy code)
    sel4ux_add_guest(host_${name} SOURCES ${SEL4UX_GUEST_ROOT}/tests/host/${name}.c
        ${SEL4UX_GUEST_ROOT}/tests/host/common.c CONFIGS debug mcs-release)
endforeach()
include(${SEL4UX_APPS}/servers/servers.cmake)
sel4ux_add_guest(stuck SOURCES ${SEL4UX_GUEST_ROOT}/tests/inspect/stuck.c
    CONFIGS debug mcs-debug release)
sel4ux_add_guest(crowd SOURCES ${SEL4UX_GUEST_ROOT}/tests/inspect/crowd.c CONFIGS debug)
sel4ux_add_guest(known SOURCES ${SEL4UX_GUEST_ROOT}/tests/trace/known.c)
include(${SEL4UX_APPS}/sos/sos.cmake)
include(${SEL4UX_GUEST_ROOT}/tests/net/net.cmake)
