# Benchmarks: guests named bench_*; bench/run.py measures them. The soak and the growth of costs are
# run on their own, see docs/performance.md. They are built for debug kernels, so that they go on
# compiling; for others, `make bench` and the target guests-on-demand build them.
set(SEL4UX_BENCH ${CMAKE_CURRENT_LIST_DIR})

function(sel4ux_add_bench name)
    list(TRANSFORM ARGN PREPEND ${SEL4UX_BENCH}/guests/ REGEX "\\.c$" OUTPUT_VARIABLE files)
    set(kernels debug)
    if(name STREQUAL heavy) # tests/trace records it
        list(APPEND kernels link/debug)
    endif()
    set(on_demand link/debug release link/release)
    list(REMOVE_ITEM on_demand ${kernels})
    sel4ux_add_guest(bench_${name} ${files} KERNELS ${kernels} ON_DEMAND ${on_demand})
endfunction()

sel4ux_guest_share(${SEL4UX_BENCH}/guests/bench.c ${SEL4UX_BENCH}/guests/peer.c
    ${SEL4UX_BENCH}/guests/peers.c ${SEL4UX_BENCH}/guests/child.c)
foreach(name ipc notify fault irq light growth)
    sel4ux_add_bench(${name} SOURCES ${name}.c bench.c peer.c peers.c CHILD child.c peer.c)
endforeach()
foreach(name objects pages hostio)
    sel4ux_add_bench(${name} SOURCES ${name}.c bench.c)
endforeach()
sel4ux_add_bench(process SOURCES process.c bench.c CHILD process_child.c)
sel4ux_add_bench(chain SOURCES chain.c bench.c CHILD chain_child.c)
foreach(name heavy soak)
    sel4ux_add_bench(${name} SOURCES ${name}.c heavy_world.c bench.c CHILD heavy_child.c)
endforeach()
sel4ux_add_served_guest(bench_files CONSOLE SERVERS file
    SOURCES ${SEL4UX_BENCH}/guests/files.c ${SEL4UX_BENCH}/guests/bench.c
    CLIENT ${SEL4UX_BENCH}/guests/files_child.c
    KERNELS debug ON_DEMAND link/debug release link/release)

add_executable(hostio_linux ${SEL4UX_BENCH}/hostio_linux.c)
target_link_libraries(hostio_linux PRIVATE sel4ux_flags)

# What bench/files.py compares the file server with.
add_executable(bench_plain_files ${SEL4UX_BENCH}/plain_files.c)
target_compile_options(bench_plain_files PRIVATE ${SEL4UX_WARNINGS})

if(BUILD_TESTING)
    add_test(NAME bench.runner COMMAND ${Python3_EXECUTABLE} -B ${SEL4UX_BENCH}/test_run.py
        --build ${CMAKE_BINARY_DIR} --sel4ux $<TARGET_FILE:sel4ux>)
    set_tests_properties(bench.runner PROPERTIES TIMEOUT 120)
endif()

# Linux's own servers and the client, for bench/net.py.
add_executable(net_linux EXCLUDE_FROM_ALL ${SEL4UX_BENCH}/net_linux.c)
target_link_libraries(net_linux PRIVATE sel4ux_flags)
