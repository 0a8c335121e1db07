# The stub: a static, freestanding program, linked once for each window, which the engines' library
# carries inside it. Nothing of the host's C library may get in: undefined symbols are errors.
set(STUB_WINDOWS 0x7e0000000000 0x5e0000000000) # WINDOW_INDEX_0 and _1 of layout.h, times 2^39

set(STUB_FLAGS
    -ffreestanding -fPIE -fvisibility=hidden -mgeneral-regs-only -fno-stack-protector
    -fcf-protection=none -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections
    -fno-strict-aliasing)
# All of it at once: calls between files are a third of a kernel entry. Clang would need a linker
# plugin that Debian has not.
if(CMAKE_C_COMPILER_ID STREQUAL GNU)
    list(APPEND STUB_FLAGS -flto=auto)
endif()

file(GLOB STUB_SOURCES CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/src/stub/*.c ${CMAKE_SOURCE_DIR}/src/stub/*.S
    ${CMAKE_SOURCE_DIR}/src/kernel/*.c ${CMAKE_SOURCE_DIR}/src/kernel/vspace/*.c
    ${CMAKE_SOURCE_DIR}/src/device/*.c ${CMAKE_SOURCE_DIR}/src/machine/*.c)

add_library(sel4ux_stub OBJECT ${STUB_SOURCES})
target_include_directories(sel4ux_stub PRIVATE ${CMAKE_SOURCE_DIR}/src ${SEL4UX_GEN}
    ${CMAKE_SOURCE_DIR}/include)
target_compile_options(sel4ux_stub PRIVATE ${STUB_FLAGS}
    $<$<COMPILE_LANGUAGE:C>:${SEL4UX_WARNINGS} -O2>)
add_dependencies(sel4ux_stub sel4ux_abi_headers)

set(STUB_PROGRAMS)
foreach(WINDOW ${STUB_WINDOWS})
    list(LENGTH STUB_PROGRAMS INDEX)
    set(PROGRAM stub-${INDEX})
    add_executable(${PROGRAM} $<TARGET_OBJECTS:sel4ux_stub>)
    set_target_properties(${PROGRAM} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/stub
        LINK_DEPENDS ${CMAKE_SOURCE_DIR}/src/stub/stub.lds LINKER_LANGUAGE C)
    target_link_options(${PROGRAM} PRIVATE -nostdlib -static -O2 ${STUB_FLAGS}
        -Wl,-T,${CMAKE_SOURCE_DIR}/src/stub/stub.lds -Wl,--defsym=stub_window=${WINDOW}
        -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack)
    # What is written to a memory file at each start.
    set(LEAN ${CMAKE_BINARY_DIR}/stub/${PROGRAM}.lean)
    add_custom_command(TARGET ${PROGRAM} POST_BUILD BYPRODUCTS ${LEAN}
        COMMAND ${CMAKE_OBJCOPY} --strip-debug $<TARGET_FILE:${PROGRAM}> ${LEAN})
    list(APPEND STUB_PROGRAMS ${PROGRAM})
endforeach()

# Puts the programs into TARGET's read-only data.
function(sel4ux_embed_stub TARGET)
    set(SOURCE ${CMAKE_SOURCE_DIR}/src/engine/inproc/stub_image.S)
    target_sources(${TARGET} PRIVATE ${SOURCE})
    set(DEFINITIONS)
    set(FILES)
    foreach(PROGRAM ${STUB_PROGRAMS})
        list(LENGTH FILES INDEX)
        list(APPEND FILES ${CMAKE_BINARY_DIR}/stub/${PROGRAM}.lean)
        list(APPEND DEFINITIONS STUB_FILE_${INDEX}="${CMAKE_BINARY_DIR}/stub/${PROGRAM}.lean")
    endforeach()
    set_source_files_properties(${SOURCE} TARGET_DIRECTORY ${TARGET} PROPERTIES
        COMPILE_DEFINITIONS "${DEFINITIONS}" OBJECT_DEPENDS "${FILES}")
    add_dependencies(${TARGET} ${STUB_PROGRAMS})
endfunction()
