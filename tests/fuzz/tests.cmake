# Fuzz targets. As tests, they run the kept corpus, and some random inputs, under sanitizers with any
# compiler. With clang (make clang) there are fuzzers too; what they find goes to the first folder:
#   cmake --build build-clang --target fuzz_kernel
#   build-clang/bin/fuzz_kernel -max_total_time=600 /tmp/new tests/fuzz/corpus/kernel
set(FUZZ_DIR ${CMAKE_CURRENT_SOURCE_DIR}/fuzz)

# sel4ux_fuzz_target(NAME LIBRARY [SOURCES ...] [WITHOUT FILE] [ARGUMENTS ...]): fuzz_NAME.c, SOURCES
# and corpus/NAME, on a checked library of unit.cmake, less its FILE that SOURCES stand in for.
function(sel4ux_fuzz_target NAME LIBRARY)
    cmake_parse_arguments(ARG "" "WITHOUT" "SOURCES;ARGUMENTS" ${ARGN})
    list(TRANSFORM ARG_SOURCES PREPEND ${FUZZ_DIR}/)
    add_executable(replay_${NAME} ${FUZZ_DIR}/fuzz_${NAME}.c ${FUZZ_DIR}/replay.c ${ARG_SOURCES})
    target_link_libraries(replay_${NAME} PRIVATE ${LIBRARY})
    add_test(NAME fuzz.${NAME} COMMAND replay_${NAME} ${ARG_ARGUMENTS} ${FUZZ_DIR}/corpus/${NAME})
    set_tests_properties(fuzz.${NAME} PROPERTIES TIMEOUT 120)
    if(CMAKE_C_COMPILER_ID MATCHES Clang)
        # the code under test again, with coverage for the fuzzer to follow
        set(TESTED $<TARGET_PROPERTY:${LIBRARY},SOURCES>)
        if(ARG_WITHOUT)
            set(TESTED $<FILTER:${TESTED},EXCLUDE,${ARG_WITHOUT}>)
        endif()
        set(FUZZER -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all)
        add_executable(fuzz_${NAME} EXCLUDE_FROM_ALL ${FUZZ_DIR}/fuzz_${NAME}.c ${ARG_SOURCES}
            ${TESTED})
        target_link_libraries(fuzz_${NAME} PRIVATE sel4ux_flags
            $<TARGET_PROPERTY:${LIBRARY},INTERFACE_LINK_LIBRARIES>)
        target_compile_options(fuzz_${NAME} PRIVATE ${FUZZER})
        target_link_options(fuzz_${NAME} PRIVATE ${FUZZER})
        add_dependencies(fuzz_${NAME} sel4ux_abi_headers)
    endif()
endfunction()

sel4ux_fuzz_target(elf checked_loader)
sel4ux_fuzz_target(note checked_loader ARGUMENTS -random=20000 -seed=1 -max_len=400)
sel4ux_fuzz_target(gdb checked_gdb ARGUMENTS -random=2000 -seed=1 -max_len=200)
sel4ux_fuzz_target(hostspec checked_hostio ARGUMENTS -random=20000 -seed=1 -max_len=300)
sel4ux_fuzz_target(trace checked_trace ARGUMENTS -random=20000 -seed=1 -max_len=300)
sel4ux_fuzz_target(kernel checked_kernel
    SOURCES kernel_invocations.c kernel_oracle.c kernel_program.c kernel_setup.c kernel_world.c
    WITHOUT fake_platform.c
    ARGUMENTS -random=20000 -seed=1 -max_len=250)
sel4ux_fuzz_target(ip checked_ip ARGUMENTS -random=20000 -seed=1 -max_len=600)
sel4ux_fuzz_target(http checked_http ARGUMENTS -random=20000 -seed=1 -max_len=400)
sel4ux_fuzz_target(network checked_network ARGUMENTS -random=20000 -seed=1 -max_len=200)
sel4ux_fuzz_target(view checked_view ARGUMENTS -random=150 -seed=1 -max_len=400)
sel4ux_fuzz_target(state checked_state ARGUMENTS -random=100 -seed=1 -max_len=8192)
