# Hosted programs: those of this folder against what they are expected to print, and guests of
# tests/guest and apps, compiled as hosted programs, against what they print on real seL4.
set(HOSTED_TESTS ${CMAKE_BINARY_DIR}/hosted-tests)
set(HOSTED_GOLDEN ${CMAKE_CURRENT_SOURCE_DIR}/golden)
set(HOSTED_TRANSCRIPT ${CMAKE_CURRENT_SOURCE_DIR}/guest/transcript.py)
set(HOSTED_LIB ${CMAKE_SOURCE_DIR}/apps/lib)
file(GLOB HOSTED_HEADERS CONFIGURE_DEPENDS ${HOSTED_LIB}/*.h ${CMAKE_CURRENT_SOURCE_DIR}/guest/*.h)
set(HOSTED_FLAGS -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -I${HOSTED_LIB})
set(HOSTED_PROGRAMS)

# How guests are compiled: optimised, and with a main() that ends the machine.
set(HOSTED_AS_GUEST -O2 -Dmain=guest_main)

# One file, compiled for `config` if that is not done yet.
function(sel4ux_hosted_object config source object)
    get_property(known GLOBAL PROPERTY SEL4UX_HOSTED_OBJECTS)
    if(object IN_LIST known)
        return()
    endif()
    set_property(GLOBAL APPEND PROPERTY SEL4UX_HOSTED_OBJECTS ${object})
    add_custom_command(OUTPUT ${object}
        COMMAND env CC=${CMAKE_C_COMPILER} ${SEL4UX_CC} --config ${config} ${HOSTED_FLAGS} ${ARGN}
            -c ${source} -o ${object}
        DEPENDS ${source} ${HOSTED_HEADERS} sdk ${SEL4UX_SDK}/lib/sel4ux/${config}/hosted.o
        VERBATIM)
endfunction()

# What many programs of a configuration are linked with: the runtime, and what guests share.
foreach(config debug mcs-debug)
    set(HOSTED_RUNTIME_${config})
    file(MAKE_DIRECTORY ${HOSTED_TESTS}/${config})
    foreach(name print console alloc vspace thread)
        set(object ${HOSTED_TESTS}/${config}/${name}.o)
        sel4ux_hosted_object(${config} ${HOSTED_LIB}/${name}.c ${object})
        list(APPEND HOSTED_RUNTIME_${config} ${object})
    endforeach()
    sel4ux_hosted_object(${config} ${HOSTED_LIB}/hosted.c ${HOSTED_TESTS}/${config}/hosted.o)
    sel4ux_hosted_object(${config} ${HOSTED_LIB}/hosted.c ${HOSTED_TESTS}/${config}/hosted.guest.o
        ${HOSTED_AS_GUEST})
endforeach()
set(HOSTED_SHARED conform conform_try common) # of guests

# sel4ux_hosted_program(NAME CONFIG SOURCES... [OPTIONS...]): hosted-tests/CONFIG/NAME; NAME.guest is
# compiled as a guest.
function(sel4ux_hosted_program name config)
    cmake_parse_arguments(ARG "" "" "SOURCES;OPTIONS" ${ARGN})
    set(output ${HOSTED_TESTS}/${config}/${name})
    string(REGEX MATCH "\\.guest$" guest ${name})
    string(REGEX REPLACE "\\.guest$" "" plain ${name})
    if(guest)
        # Some have assembler text that is for addresses below 2 GiB.
        list(APPEND ARG_OPTIONS ${HOSTED_AS_GUEST} -no-pie)
    endif()
    set(inputs ${HOSTED_TESTS}/${config}/hosted${guest}.o ${HOSTED_RUNTIME_${config}})
    foreach(source ${ARG_SOURCES})
        get_filename_component(file ${source} NAME_WE)
        if(file IN_LIST HOSTED_SHARED)
            set(object ${HOSTED_TESTS}/${config}/${file}.o)
            sel4ux_hosted_object(${config} ${source} ${object} ${ARG_OPTIONS})
            set(source ${object})
        endif()
        list(APPEND inputs ${source})
    endforeach()
    add_custom_command(OUTPUT ${output}
        COMMAND env CC=${CMAKE_C_COMPILER} ${SEL4UX_CC} --config ${config} ${HOSTED_FLAGS}
            ${ARG_OPTIONS} "-DGUEST_NAME=\"${plain}\"" ${inputs} -o ${output}
        DEPENDS ${inputs} ${HOSTED_HEADERS} sdk ${SEL4UX_SDK}/lib/sel4ux/libsel4ux.a
        VERBATIM)
    set(HOSTED_PROGRAMS ${HOSTED_PROGRAMS} ${output} PARENT_SCOPE)
endfunction()

function(sel4ux_hosted_test name expected program)
    add_test(NAME hosted.${name} COMMAND ${Python3_EXECUTABLE}
        ${CMAKE_CURRENT_SOURCE_DIR}/hosted/check.py
        ${CMAKE_CURRENT_SOURCE_DIR}/hosted/expected/${expected}.txt
        ${CMAKE_CROSSCOMPILING_EMULATOR} ${program} ${ARGN})
    set_tests_properties(hosted.${name} PROPERTIES TIMEOUT 90 LABELS hosted)
endfunction()

foreach(name hello threads preempt delete many faults mapping exit_thread stuck crash vspace)
    sel4ux_hosted_program(${name} debug SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/hosted/${name}.c)
    sel4ux_hosted_test(${name} ${name} ${HOSTED_TESTS}/debug/${name})
endforeach()
sel4ux_hosted_program(budget mcs-debug SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/hosted/budget.c)
sel4ux_hosted_test(budget budget ${HOSTED_TESTS}/mcs-debug/budget)
sel4ux_hosted_test(bad_flags bad_flags ${HOSTED_TESTS}/debug/hello "SEL4UX_FLAGS=--tim virtual")
sel4ux_hosted_test(virtual_time threads ${HOSTED_TESTS}/debug/threads
    "SEL4UX_FLAGS=--time virtual --mem 64M")

# What only one processor has.
set(HOSTED_ISA ${CMAKE_CURRENT_SOURCE_DIR}/hosted/${SEL4UX_ISA})
if(SEL4UX_ISA STREQUAL aarch64)
    sel4ux_hosted_program(registers debug SOURCES ${HOSTED_ISA}/registers.c)
    sel4ux_hosted_test(registers registers ${HOSTED_TESTS}/debug/registers)
    add_executable(hosted_instructions ${HOSTED_ISA}/instructions.c
        ${CMAKE_SOURCE_DIR}/src/hosted/aarch64/fault.c)
    target_include_directories(hosted_instructions PRIVATE ${CMAKE_SOURCE_DIR}/src)
    target_compile_options(hosted_instructions PRIVATE ${SEL4UX_WARNINGS})
    sel4ux_hosted_test(instructions instructions $<TARGET_FILE:hosted_instructions>)
endif()

# Guests that do not look at their own image, make no process and no system call by hand.
set(HOSTED_GUESTS hello threads interrupts capabilities debug exhaustion ioports ipc mapping
    notifications scheduling stackoverflow tls untyped wildjump window)
set(HOSTED_GUESTS_x86_64 registers restart) # have instructions of its
set(HOSTED_CONFORM asid cnode debug domain frames halt_buffer halt_long halt_type irq ports spaces
    tables tcb untyped)

function(sel4ux_hosted_guest name config golden)
    set(sources ${CMAKE_CURRENT_SOURCE_DIR}/guest/${name}.c)
    if(NOT EXISTS ${sources})
        set(sources ${CMAKE_SOURCE_DIR}/apps/${name}/${name}.c)
    endif()
    if(name MATCHES "^conform")
        list(APPEND sources ${CMAKE_CURRENT_SOURCE_DIR}/guest/conform.c)
    endif()
    if(name MATCHES "syscalls$")
        list(APPEND sources ${CMAKE_CURRENT_SOURCE_DIR}/guest/conform_try.c)
    endif()
    sel4ux_hosted_program(${name}.guest ${config} SOURCES ${sources})
    set(HOSTED_PROGRAMS ${HOSTED_PROGRAMS} PARENT_SCOPE)
    add_test(NAME hosted.guest.${name}.${config} COMMAND ${Python3_EXECUTABLE}
        ${HOSTED_TRANSCRIPT} check ${HOSTED_GOLDEN}/${golden}.txt --
        ${CMAKE_CROSSCOMPILING_EMULATOR} ${HOSTED_TESTS}/${config}/${name}.guest)
    set_tests_properties(hosted.guest.${name}.${config} PROPERTIES TIMEOUT 90 LABELS hosted)
endfunction()

foreach(name ${HOSTED_GUESTS} ${HOSTED_GUESTS_${SEL4UX_ISA}})
    sel4ux_hosted_guest(${name} debug ${name})
endforeach()
foreach(name ${HOSTED_CONFORM})
    sel4ux_hosted_guest(conform_${name} debug conform_${name})
    sel4ux_hosted_guest(conform_${name} mcs-debug conform_${name}.mcs)
endforeach()
foreach(name mcs_contexts mcs_syscalls)
    sel4ux_hosted_guest(conform_${name} mcs-debug conform_${name}.mcs)
endforeach()

add_custom_target(hosted-tests ALL DEPENDS ${HOSTED_PROGRAMS})
