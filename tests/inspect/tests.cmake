# sel4ux inspect, on every engine: on files, on machines that run, and at ends.
foreach(ENGINE patch trap ptrace)
    add_test(NAME inspect.${ENGINE}
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/inspect/test_inspect.py
            $<TARGET_FILE:sel4ux> --engine ${ENGINE} --guests ${CMAKE_BINARY_DIR}/guests)
    set_tests_properties(inspect.${ENGINE} PROPERTIES TIMEOUT 300 LABELS "inspect;${ENGINE}")
endforeach()
