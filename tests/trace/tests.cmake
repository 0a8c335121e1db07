# Traces and their reports. What needs a decoder or a browser that is not there is skipped.
set(TRACE_DIR ${CMAKE_CURRENT_SOURCE_DIR}/trace)
foreach(ENGINE patch trap ptrace link)
    add_test(NAME trace.${ENGINE}
        COMMAND ${Python3_EXECUTABLE} -B ${TRACE_DIR}/test_trace.py $<TARGET_FILE:sel4ux>
            --engine ${ENGINE} --guests ${CMAKE_BINARY_DIR}/guests)
    set_tests_properties(trace.${ENGINE} PROPERTIES
        TIMEOUT 600 SKIP_RETURN_CODE 77 LABELS "trace;${ENGINE}")
endforeach()
add_test(NAME trace.report
    COMMAND ${Python3_EXECUTABLE} -B ${TRACE_DIR}/test_report.py $<TARGET_FILE:sel4ux>
        --guests ${CMAKE_BINARY_DIR}/guests)
set_tests_properties(trace.report PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77 LABELS trace)
