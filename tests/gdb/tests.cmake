# The gdb server: an independent client on every engine, GDB and lldb as people use them.
sel4ux_add_guest(debuggee SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/gdb/debuggee.c)
foreach(ENGINE patch trap ptrace link)
    foreach(NAME rsp gdb lldb)
        add_test(NAME gdb.${NAME}.${ENGINE} COMMAND ${Python3_EXECUTABLE} -B
            ${CMAKE_CURRENT_SOURCE_DIR}/gdb/test_${NAME}.py ${CMAKE_BINARY_DIR} ${ENGINE})
        set_tests_properties(gdb.${NAME}.${ENGINE} PROPERTIES TIMEOUT 180 LABELS gdb
            SKIP_RETURN_CODE 77)
    endforeach()
endforeach()
