# The machine's clock: what is repeatable in virtual time, what the log says, and what real time
# keeps.
foreach(ENGINE patch trap ptrace)
    add_test(NAME time.${ENGINE}
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/time/test_time.py
            $<TARGET_FILE:sel4ux> --engine ${ENGINE} --guests ${CMAKE_BINARY_DIR}/guests)
    set_tests_properties(time.${ENGINE} PROPERTIES TIMEOUT 300 LABELS "time;${ENGINE}")
endforeach()
