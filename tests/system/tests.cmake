# Processes, terminals and signals: sel4ux as the host sees it, on every engine.
foreach(ENGINE patch trap ptrace)
    foreach(NAME lifecycle console terminal)
        add_test(NAME system.${NAME}.${ENGINE}
            COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/system/test_${NAME}.py
                $<TARGET_FILE:sel4ux> --engine ${ENGINE})
        set_tests_properties(system.${NAME}.${ENGINE} PROPERTIES TIMEOUT 120)
    endforeach()
endforeach()
