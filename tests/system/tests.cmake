# Processes, terminals and signals: sel4ux as the host sees it, on every engine.
foreach(ENGINE patch trap ptrace)
    foreach(NAME lifecycle console terminal)
        add_test(NAME system.${NAME}.${ENGINE}
            COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/system/test_${NAME}.py
                $<TARGET_FILE:sel4ux> --engine ${ENGINE})
        set_tests_properties(system.${NAME}.${ENGINE} PROPERTIES TIMEOUT 120)
    endforeach()
endforeach()

# Several VSpaces on one CPU, where a lane that spins keeps the one that it waits for from running.
foreach(ENGINE patch trap ptrace)
    foreach(NAME process vspaces shm)
        add_test(NAME system.one-cpu.${NAME}.${ENGINE}
            COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/guest/transcript.py check
                ${CMAKE_CURRENT_SOURCE_DIR}/golden/${NAME}.txt --
                ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/system/one_cpu.py
                $<TARGET_FILE:sel4ux> run --engine ${ENGINE} ${CMAKE_BINARY_DIR}/guests/${NAME}.elf)
        set_tests_properties(system.one-cpu.${NAME}.${ENGINE} PROPERTIES TIMEOUT 90)
    endforeach()
endforeach()

# Stopped and continued again and again, in the middle of whatever the engine is at.
foreach(ENGINE patch trap ptrace)
    add_test(NAME system.stopping.remap.${ENGINE}
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/guest/transcript.py check
            ${CMAKE_CURRENT_SOURCE_DIR}/golden/remap.txt --
            ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/system/stopping.py
            $<TARGET_FILE:sel4ux> run --engine ${ENGINE} ${CMAKE_BINARY_DIR}/guests/remap.elf)
    set_tests_properties(system.stopping.remap.${ENGINE} PROPERTIES TIMEOUT 90)
endforeach()
