# The SDK, from outside.
add_test(NAME sdk.programs COMMAND ${Python3_EXECUTABLE} -B
    ${CMAKE_CURRENT_SOURCE_DIR}/sdk/test_sdk.py ${CMAKE_BINARY_DIR})
set_tests_properties(sdk.programs PROPERTIES TIMEOUT 300)
