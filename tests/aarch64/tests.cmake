# The API layer for another processor: hosted programs are built for aarch64 in a folder of their own
# and their tests run there, under qemu's user emulation. Where the tools are missing, the tests are
# skipped and say which packages have them.
set(AARCH64_BUILD ${CMAKE_BINARY_DIR}/aarch64)
set(AARCH64_PACKAGES "gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user")
find_program(AARCH64_COMPILER aarch64-linux-gnu-gcc)
find_program(AARCH64_QEMU NAMES qemu-aarch64 qemu-aarch64-static)

if(SEL4UX_SANITIZE)
    return() # nothing of it would differ
endif()
if(NOT AARCH64_COMPILER OR NOT AARCH64_QEMU OR NOT EXISTS /usr/aarch64-linux-gnu/lib/libc.so)
    add_test(NAME aarch64.hosted COMMAND ${CMAKE_COMMAND} -E echo
        "skipped: install ${AARCH64_PACKAGES} (260 MiB)")
    set_tests_properties(aarch64.hosted PROPERTIES SKIP_REGULAR_EXPRESSION "skipped:")
    return()
endif()

add_test(NAME aarch64.build COMMAND ${CMAKE_CTEST_COMMAND}
    --build-and-test ${CMAKE_SOURCE_DIR} ${AARCH64_BUILD} --build-generator Ninja
    --build-options -DCMAKE_TOOLCHAIN_FILE=${CMAKE_SOURCE_DIR}/cmake/aarch64.cmake)
set_tests_properties(aarch64.build PROPERTIES TIMEOUT 300 PROCESSORS 2
    FIXTURES_SETUP aarch64)
add_test(NAME aarch64.hosted COMMAND ${CMAKE_CTEST_COMMAND} --test-dir ${AARCH64_BUILD} -j 2
    --output-on-failure)
set_tests_properties(aarch64.hosted PROPERTIES TIMEOUT 300 PROCESSORS 2
    FIXTURES_REQUIRED aarch64)
