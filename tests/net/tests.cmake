# The network on every engine, with real clients on this computer alone.
foreach(ENGINE patch trap ptrace link)
    set(TEST ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/net/test_net.py
        --sel4ux $<TARGET_FILE:sel4ux> --build ${CMAKE_BINARY_DIR} --engine ${ENGINE})
    add_test(NAME net.${ENGINE} COMMAND ${TEST})
    add_test(NAME net.${ENGINE}.tap COMMAND ${TEST} --tap)
    set_tests_properties(net.${ENGINE} net.${ENGINE}.tap PROPERTIES TIMEOUT 400
        LABELS "net;${ENGINE}" SKIP_RETURN_CODE 77)
endforeach()
