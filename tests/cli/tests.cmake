# The command line, from outside.
add_test(NAME cli.usage COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/cli/test_cli.py
    $<TARGET_FILE:sel4ux>)
set_tests_properties(cli.usage PROPERTIES TIMEOUT 120)

# What `make demo` shows, with nobody at the terminal.
add_test(NAME cli.demo COMMAND ${CMAKE_SOURCE_DIR}/tools/demo.sh ${CMAKE_BINARY_DIR} patch
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(cli.demo PROPERTIES TIMEOUT 60)
