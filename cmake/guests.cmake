# Guests: static seL4 programs, built for kernels in their debug and their release form.
#
#   sel4ux_add_guest(NAME SOURCES file... [CHILD file...] [CONFIGS config...])
#
# makes guests/NAME.elf (debug: the configuration that is assumed where nothing tells another) and
# guests/release/images/NAME.elf, which lies in a build tree like upstream's that tells. With CHILD, a
# second program is built of those files and carried by the first as `child` in its archive. CONFIGS
# are those of abi/configs.json, debug and release by default; another than debug is built like
# release.
#
# The compiler is called directly: the flags of the project's own programs (sanitizers, coverage)
# are not for code that runs without an operating system.

find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(SEL4UX_GUEST_ROOT ${CMAKE_CURRENT_LIST_DIR}/..)
set(SEL4UX_GUEST_GEN ${CMAKE_BINARY_DIR}/gen)
set(SEL4UX_GUEST_DIR ${CMAKE_BINARY_DIR}/guests)
set(SEL4UX_GUEST_FLAGS
    -std=gnu11 -O2 -g -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Werror
    -ffreestanding -fno-stack-protector -fno-pic -fno-asynchronous-unwind-tables -mno-avx
    -I${SEL4UX_GUEST_ROOT}/include -I${SEL4UX_GUEST_ROOT}/apps/lib)
set(SEL4UX_GUEST_LINK
    -nostdlib -static -Wno-unused-command-line-argument
    -Wl,-T,${SEL4UX_GUEST_ROOT}/apps/lib/guest.ld,--build-id=none,-z,noexecstack,-z,max-page-size=4096)
set(SEL4UX_GUEST_COMMON start.S tls.c string.c print.c)
set(SEL4UX_GUEST_OF_ROOT root.c console.c alloc.c vspace.c thread.c process.c archive.c)
set(SEL4UX_GUEST_OF_CHILD child.c)

file(GLOB SEL4UX_GUEST_HEADERS CONFIGURE_DEPENDS
    ${SEL4UX_GUEST_ROOT}/include/sel4/*.h ${SEL4UX_GUEST_ROOT}/apps/lib/*.h)
set(SEL4UX_GUEST_ABI ${SEL4UX_GUEST_ROOT}/tools/abigen.py
    ${SEL4UX_GUEST_ROOT}/abi/sel4-16.0-x86_64.json ${SEL4UX_GUEST_ROOT}/abi/configs.json)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SEL4UX_GUEST_ABI})
execute_process(
    COMMAND ${Python3_EXECUTABLE} ${SEL4UX_GUEST_ROOT}/tools/abigen.py ${SEL4UX_GUEST_GEN}
    COMMAND_ERROR_IS_FATAL ANY)

add_custom_target(guests ALL)

# Compiles the runtime's files for `config`; their objects in ${out}.
function(sel4ux_guest_objects out config)
    set(objects)
    foreach(source ${ARGN})
        set(object ${SEL4UX_GUEST_DIR}/lib/${config}/${source}.o)
        add_custom_command(OUTPUT ${object}
            COMMAND ${CMAKE_COMMAND} -E make_directory ${SEL4UX_GUEST_DIR}/lib/${config}
            COMMAND ${CMAKE_C_COMPILER} ${SEL4UX_GUEST_FLAGS} -I${SEL4UX_GUEST_GEN}/guest/${config}
                -c ${SEL4UX_GUEST_ROOT}/apps/lib/${source} -o ${object}
            DEPENDS ${SEL4UX_GUEST_ROOT}/apps/lib/${source} ${SEL4UX_GUEST_HEADERS}
                ${SEL4UX_GUEST_GEN}/guest/${config}/interfaces/sel4_client.h
            VERBATIM)
        list(APPEND objects ${object})
    endforeach()
    set(${out} ${objects} PARENT_SCOPE)
endfunction()

# Everything that differs by configuration, once.
set(SEL4UX_GUEST_CONFIGS debug release mcs-debug mcs-release)
foreach(config ${SEL4UX_GUEST_CONFIGS} debug-api)
    foreach(part COMMON OF_ROOT OF_CHILD)
        sel4ux_guest_objects(SEL4UX_GUEST_${part}_${config} ${config} ${SEL4UX_GUEST_${part}})
    endforeach()
    # All in one target, or parallel makes would race for a shared object.
    add_custom_target(guest-lib-${config} DEPENDS ${SEL4UX_GUEST_COMMON_${config}}
        ${SEL4UX_GUEST_OF_ROOT_${config}} ${SEL4UX_GUEST_OF_CHILD_${config}})
endforeach()
foreach(config ${SEL4UX_GUEST_CONFIGS} debug-api)
    if(NOT config STREQUAL debug)
        configure_file(${SEL4UX_GUEST_GEN}/guest/${config}/gen_config.json
            ${SEL4UX_GUEST_DIR}/${config}/kernel/gen_config/kernel/gen_config.json COPYONLY)
        configure_file(${SEL4UX_GUEST_GEN}/guest/${config}/invocations_all.json
            ${SEL4UX_GUEST_DIR}/${config}/kernel/generated/invocations_all.json COPYONLY)
    endif()
endforeach()

# Links one program of `part` (ROOT or CHILD) from sources and more compiler arguments.
function(sel4ux_guest_program output name config part)
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
    set(objects ${SEL4UX_GUEST_COMMON_${config}} ${SEL4UX_GUEST_OF_${part}_${config}})
    add_custom_command(OUTPUT ${output}
        COMMAND ${CMAKE_C_COMPILER} ${SEL4UX_GUEST_FLAGS} -I${SEL4UX_GUEST_GEN}/guest/${config}
            ${ARG_OPTIONS} ${SEL4UX_GUEST_LINK} ${name_file} ${ARG_SOURCES} ${objects} -o ${output}
        DEPENDS ${ARG_SOURCES} ${headers} ${name_file} ${objects} ${ARG_DEPENDS} guest-lib-${config}
            ${SEL4UX_GUEST_ROOT}/apps/lib/guest.ld ${SEL4UX_GUEST_HEADERS}
        VERBATIM)
endfunction()

function(sel4ux_add_guest name)
    cmake_parse_arguments(ARG "" "" "SOURCES;CHILD;CONFIGS" ${ARGN})
    if(NOT ARG_CONFIGS)
        set(ARG_CONFIGS debug release)
    endif()
    set(outputs)
    foreach(config ${ARG_CONFIGS})
        set(output ${SEL4UX_GUEST_DIR}/${name}.elf)
        if(NOT config STREQUAL debug)
            set(output ${SEL4UX_GUEST_DIR}/${config}/images/${name}.elf)
        endif()
        set(options)
        set(sources ${ARG_SOURCES})
        set(archive)
        if(ARG_CHILD)
            set(child ${SEL4UX_GUEST_DIR}/lib/${config}/${name}-child.elf)
            set(archive ${SEL4UX_GUEST_DIR}/lib/${config}/${name}.cpio)
            sel4ux_guest_program(${child} ${name}-child ${config} CHILD SOURCES ${ARG_CHILD})
            add_custom_command(OUTPUT ${archive}
                COMMAND ${Python3_EXECUTABLE} ${SEL4UX_GUEST_ROOT}/tools/mkarchive.py ${archive}
                    child=${child}
                DEPENDS ${child} ${SEL4UX_GUEST_ROOT}/tools/mkarchive.py
                VERBATIM)
            list(APPEND sources ${SEL4UX_GUEST_ROOT}/apps/lib/archive.S)
            set(options "-DGUEST_ARCHIVE=\"${archive}\"")
        endif()
        sel4ux_guest_program(${output} ${name} ${config} ROOT SOURCES ${sources}
            OPTIONS ${options} DEPENDS ${archive})
        list(APPEND outputs ${output})
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
foreach(name bootinfo capabilities debug exceptions exhaustion faults fpuoff ioports ipc mapping
        notifications registers restart scheduling sites stackoverflow text tls untyped wildjump window)
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
sel4ux_add_guest(conform_mcs_syscalls SOURCES ${SEL4UX_GUEST_TESTS}/conform_mcs_syscalls.c
    ${SEL4UX_GUEST_TESTS}/conform_try.c ${SEL4UX_GUEST_TESTS}/conform.c
    CONFIGS mcs-debug mcs-release)
sel4ux_add_guest(conform_mcs_contexts SOURCES ${SEL4UX_GUEST_TESTS}/conform_mcs_contexts.c
    ${SEL4UX_GUEST_TESTS}/conform.c CONFIGS mcs-debug mcs-release)
foreach(name asid cnode debug domain frames halt_buffer halt_long halt_type irq ports spaces tables
        tcb untyped)
    sel4ux_add_guest(conform_${name} SOURCES ${SEL4UX_GUEST_TESTS}/conform_${name}.c
        ${SEL4UX_GUEST_TESTS}/conform.c CONFIGS ${SEL4UX_GUEST_CONFIGS})
endforeach()
foreach(name clocks interleave echo)
    sel4ux_add_guest(${name} SOURCES ${SEL4UX_GUEST_ROOT}/tests/time/${name}.c)
endforeach()
