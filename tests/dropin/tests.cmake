# A project in the manner of seL4's, built with sdk/kernel in place of a kernel.
find_program(SEL4UX_NINJA ninja)
if(SEL4UX_NINJA)
    add_test(NAME dropin.project
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/dropin/test_dropin.py
            $<TARGET_FILE:sel4ux>)
    set_tests_properties(dropin.project PROPERTIES TIMEOUT 180)
endif()
