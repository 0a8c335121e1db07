# The command line, from outside.
add_test(NAME cli.usage COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/cli/test_cli.py
    $<TARGET_FILE:sel4ux>)
set_tests_properties(cli.usage PROPERTIES TIMEOUT 120)
