# Debuggers, checkers and profilers on hosted programs: the tools themselves are run. What a host
# lacks or forbids is skipped.
foreach(tool gdb lldb valgrind sanitizers perf strace)
    add_test(NAME tools.${tool} COMMAND ${Python3_EXECUTABLE} -B
        ${CMAKE_CURRENT_SOURCE_DIR}/tools/test_${tool}.py ${CMAKE_BINARY_DIR})
    set_tests_properties(tools.${tool} PROPERTIES TIMEOUT 180 LABELS tools SKIP_RETURN_CODE 77)
endforeach()
