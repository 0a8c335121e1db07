# libsel4 as guests compile against it. -B: leaves no bytecode in the sources.
foreach(PART headers names library)
    add_test(NAME libsel4.${PART}
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/libsel4/test_${PART}.py
            --cc ${CMAKE_C_COMPILER})
endforeach()
add_test(NAME libsel4.abigen
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/libsel4/test_abigen.py)
set_tests_properties(libsel4.headers libsel4.names libsel4.library libsel4.abigen
    PROPERTIES TIMEOUT 300)
