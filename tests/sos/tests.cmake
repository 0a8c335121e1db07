# SOS on every engine and every kind of kernel, typed at through a pseudo terminal.
function(sel4ux_sos_test name engine image)
    set(folder ${CMAKE_BINARY_DIR}/guests/)
    if(engine STREQUAL link)
        string(APPEND folder link/)
    endif()
    set(kernel debug)
    if(image MATCHES "mcs")
        set(kernel mcs-debug)
    endif()
    add_test(NAME sos.${engine}${name}
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/sos/test_sos.py --machine
            "$<TARGET_FILE:sel4ux> run --quiet --engine ${engine} ${folder}${image}"
            --program ${folder}lib/${kernel}/sos/echo)
    set_tests_properties(sos.${engine}${name} PROPERTIES TIMEOUT 240 LABELS "sos;${engine}")
endfunction()

foreach(ENGINE patch trap ptrace link)
    sel4ux_sos_test("" ${ENGINE} sos.elf)
endforeach()
foreach(KERNEL release mcs-debug mcs-release)
    sel4ux_sos_test(.${KERNEL} patch ${KERNEL}/images/sos.elf)
endforeach()
sel4ux_sos_test(.mcs-debug link mcs-debug/images/sos.elf)
