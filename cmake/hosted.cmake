# The library of hosted programs: machine, kernel model and src/hosted in one object whose names are
# all hidden but those below, so that no program collides with them. Sanitizers see nothing of it.
#
# Sets SEL4UX_HOSTED_LIBRARY (libsel4ux.a) and SEL4UX_HOSTED_MARKS (begin.o and end.o). A program
# is linked of its own objects between the marks (src/hosted/guest_text.c says what for), an object
# that says which kernel it is for (src/hosted/configuration.c, compiled by sel4ux-cc), the library
# and -lpthread.

set(SEL4UX_HOSTED_DIR ${CMAKE_BINARY_DIR}/hosted)
set(SEL4UX_HOSTED_NAMES sel4ux_system_call seL4_GetBootInfo seL4_InitBootInfo __sel4_ipc_buffer)

set(HOSTED_SRC ${CMAKE_SOURCE_DIR}/src)
file(GLOB HOSTED_SOURCES CONFIGURE_DEPENDS
    ${HOSTED_SRC}/base/*.c ${HOSTED_SRC}/abi/*.c ${HOSTED_SRC}/kernel/*.c
    ${HOSTED_SRC}/kernel/vspace/*.c ${HOSTED_SRC}/device/*.c ${HOSTED_SRC}/machine/*.c
    ${HOSTED_SRC}/machine/boot/*.c ${HOSTED_SRC}/hosted/*.c ${HOSTED_SRC}/hostio/*.c
    ${HOSTED_SRC}/hosted/${SEL4UX_ISA}/*.c ${HOSTED_SRC}/view/*.c)
# What is linked into programs writes text alone.
list(FILTER HOSTED_SOURCES EXCLUDE REGEX view/export)
set(HOSTED_STRING_x86_64 ${HOSTED_SRC}/stub/string.c) # other processors have theirs in their folder
# Of the trace what writes it.
set(HOSTED_TRACE)
foreach(FILE map names packets sink threads trace)
    list(APPEND HOSTED_TRACE ${HOSTED_SRC}/trace/${FILE}.c)
endforeach()
list(REMOVE_ITEM HOSTED_SOURCES ${HOSTED_SRC}/hosted/configuration.c
    ${HOSTED_SRC}/hostio/service.c ${HOSTED_SRC}/hostio/confine.c) # a process of its own
list(APPEND HOSTED_SOURCES ${HOSTED_SRC}/hosted/${SEL4UX_ISA}/entry.S ${HOSTED_SRC}/host/memory.c
    ${HOSTED_SRC}/host/tsc.c ${HOSTED_SRC}/host/${SEL4UX_ISA}/tsc.c
    ${HOSTED_SRC}/host/terminal.c ${HOSTED_SRC}/host/process.c
    ${HOSTED_SRC}/monitor/event_log.c ${HOSTED_SRC}/monitor/recorder.c
    ${HOSTED_SRC}/monitor/report.c ${HOSTED_TRACE} ${HOSTED_SRC}/cli/args.c
    ${HOSTED_STRING_${SEL4UX_ISA}})

add_library(sel4ux_hosted_objects OBJECT ${HOSTED_SOURCES})
target_include_directories(sel4ux_hosted_objects PRIVATE ${HOSTED_SRC} ${SEL4UX_GEN}
    ${CMAKE_SOURCE_DIR}/include)
target_compile_definitions(sel4ux_hosted_objects PRIVATE _GNU_SOURCE)
target_compile_options(sel4ux_hosted_objects PRIVATE
    -fPIE -fno-stack-protector -fno-strict-aliasing -fvisibility=hidden
    $<$<COMPILE_LANGUAGE:C>:${SEL4UX_WARNINGS} -O2 -g>)
add_dependencies(sel4ux_hosted_objects sel4ux_abi_headers)

file(MAKE_DIRECTORY ${SEL4UX_HOSTED_DIR})
set(SEL4UX_HOSTED_LIBRARY ${SEL4UX_HOSTED_DIR}/libsel4ux.a)
list(TRANSFORM SEL4UX_HOSTED_NAMES PREPEND --keep-global-symbol= OUTPUT_VARIABLE HOSTED_KEEP)
add_custom_command(OUTPUT ${SEL4UX_HOSTED_LIBRARY}
    COMMAND ${CMAKE_LINKER} -r -T ${HOSTED_SRC}/hosted/library.lds -o ${SEL4UX_HOSTED_DIR}/all.o
        $<TARGET_OBJECTS:sel4ux_hosted_objects>
    COMMAND ${CMAKE_OBJCOPY} ${HOSTED_KEEP} ${SEL4UX_HOSTED_DIR}/all.o ${SEL4UX_HOSTED_DIR}/sel4ux.o
    COMMAND ${CMAKE_COMMAND} -E rm -f ${SEL4UX_HOSTED_LIBRARY}
    COMMAND ${CMAKE_AR} rcs ${SEL4UX_HOSTED_LIBRARY} ${SEL4UX_HOSTED_DIR}/sel4ux.o
    DEPENDS sel4ux_hosted_objects $<TARGET_OBJECTS:sel4ux_hosted_objects>
        ${HOSTED_SRC}/hosted/library.lds
    COMMAND_EXPAND_LISTS VERBATIM)

set(SEL4UX_HOSTED_MARKS)
foreach(mark begin end)
    set(HOSTED_MARK ${SEL4UX_HOSTED_DIR}/${mark}.o)
    add_custom_command(OUTPUT ${HOSTED_MARK}
        COMMAND ${CMAKE_C_COMPILER} -DMARK=${mark} -c ${HOSTED_SRC}/hosted/marks.S
            -o ${HOSTED_MARK}
        DEPENDS ${HOSTED_SRC}/hosted/marks.S
        VERBATIM)
    list(APPEND SEL4UX_HOSTED_MARKS ${HOSTED_MARK})
endforeach()
add_custom_target(sel4ux_hosted ALL DEPENDS ${SEL4UX_HOSTED_LIBRARY} ${SEL4UX_HOSTED_MARKS})
