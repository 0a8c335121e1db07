# Fuzz targets. As tests, they replay the kept corpus under sanitizers with any compiler; with clang
# there is a fuzzer too:  build/bin/fuzz_elf -max_total_time=600 /tmp/new tests/fuzz/corpus/elf
# (it writes what it finds into the first folder).
set(FUZZ_DIR ${CMAKE_CURRENT_SOURCE_DIR}/fuzz)

# sel4ux_fuzz_target(NAME LIBRARY): fuzz_NAME.c and corpus/NAME, on a checked library of unit.cmake.
function(sel4ux_fuzz_target NAME LIBRARY)
    add_executable(replay_${NAME} ${FUZZ_DIR}/fuzz_${NAME}.c ${FUZZ_DIR}/replay.c)
    target_link_libraries(replay_${NAME} PRIVATE ${LIBRARY})
    add_test(NAME fuzz.${NAME} COMMAND replay_${NAME} ${FUZZ_DIR}/corpus/${NAME})
    set_tests_properties(fuzz.${NAME} PROPERTIES TIMEOUT 60)
    if(CMAKE_C_COMPILER_ID MATCHES Clang)
        # the code under test again, with coverage for the fuzzer to follow
        add_executable(fuzz_${NAME} EXCLUDE_FROM_ALL ${FUZZ_DIR}/fuzz_${NAME}.c
            $<TARGET_PROPERTY:${LIBRARY},SOURCES>)
        target_link_libraries(fuzz_${NAME} PRIVATE sel4ux_flags
            $<TARGET_PROPERTY:${LIBRARY},INTERFACE_LINK_LIBRARIES>)
        target_compile_options(fuzz_${NAME} PRIVATE -fsanitize=fuzzer,address,undefined)
        target_link_options(fuzz_${NAME} PRIVATE -fsanitize=fuzzer,address,undefined)
        add_dependencies(fuzz_${NAME} sel4ux_abi_headers)
    endif()
endfunction()

sel4ux_fuzz_target(elf checked_loader)
