# Host objects: guests that use them, on every engine and as hosted programs.
set(HOST_TESTS ${CMAKE_CURRENT_SOURCE_DIR}/host)
set(HOST_PROGRAMS ${HOSTED_PROGRAMS})
foreach(name files refusals events hold block copy)
    sel4ux_hosted_program(host_${name}.guest debug SOURCES ${HOST_TESTS}/${name}.c
        ${HOST_TESTS}/common.c OPTIONS -I${CMAKE_SOURCE_DIR}/include)
endforeach()
sel4ux_hosted_program(hostio.guest debug SOURCES ${CMAKE_SOURCE_DIR}/apps/hostio/hostio.c
    OPTIONS -I${CMAKE_SOURCE_DIR}/include)
list(REMOVE_ITEM HOSTED_PROGRAMS ${HOST_PROGRAMS})
add_custom_target(host-hosted ALL DEPENDS ${HOSTED_PROGRAMS})

foreach(engine patch trap ptrace link hosted)
    add_test(NAME host.${engine}
        COMMAND ${Python3_EXECUTABLE} -B ${HOST_TESTS}/test_host.py --sel4ux $<TARGET_FILE:sel4ux>
            --build ${CMAKE_BINARY_DIR} --engine ${engine})
    set_tests_properties(host.${engine} PROPERTIES TIMEOUT 120 LABELS "host;${engine}")
endforeach()
