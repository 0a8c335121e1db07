# Every outcome of every call of the ABI has a guest that shows it; and the check finds what is not so.
add_test(NAME conformance.table
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/conformance/check.py)
add_test(NAME conformance.check
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/conformance/test_check.py)
set_tests_properties(conformance.table conformance.check PROPERTIES TIMEOUT 60)
