# The servers on every engine and every kind of kernel, typed at through a pseudo terminal.
function(sel4ux_servers_test name engine image)
    set(folder ${CMAKE_BINARY_DIR}/guests/)
    if(engine STREQUAL link)
        string(APPEND folder link/)
    endif()
    add_test(NAME servers.${engine}${name}
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/servers/test_servers.py
            --machine "$<TARGET_FILE:sel4ux> run --quiet --engine ${engine} ${folder}${image}")
    set_tests_properties(servers.${engine}${name} PROPERTIES TIMEOUT 300 LABELS "servers;${engine}")
endfunction()

foreach(ENGINE patch trap ptrace link)
    sel4ux_servers_test("" ${ENGINE} servers.elf)
endforeach()
foreach(KERNEL release mcs-debug mcs-release)
    sel4ux_servers_test(.${KERNEL} patch ${KERNEL}/images/servers.elf)
endforeach()
