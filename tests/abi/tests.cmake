# The ABI's numbers against those of real builds.
add_test(NAME abi.numbers
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/abi/test_abi.py --cc ${CMAKE_C_COMPILER})
set_tests_properties(abi.numbers PROPERTIES TIMEOUT 120)
