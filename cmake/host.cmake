# How hosted code (monitor, engines, tests) is compiled.
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBELF REQUIRED IMPORTED_TARGET libelf)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(CMOCKA IMPORTED_TARGET cmocka)
find_package(Zydis REQUIRED)

add_library(sel4ux_flags INTERFACE)
target_include_directories(sel4ux_flags INTERFACE ${CMAKE_SOURCE_DIR}/src ${SEL4UX_GEN}
    ${CMAKE_SOURCE_DIR}/include)
target_compile_options(sel4ux_flags INTERFACE ${SEL4UX_WARNINGS})
target_compile_definitions(sel4ux_flags INTERFACE _GNU_SOURCE)
if(SEL4UX_SANITIZE)
    target_compile_options(sel4ux_flags INTERFACE -fsanitize=${SEL4UX_SANITIZE}
        -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(sel4ux_flags INTERFACE -fsanitize=${SEL4UX_SANITIZE})
endif()

# One static library for each folder of src, in the order in which they may use each other.
function(sel4ux_library NAME)
    file(GLOB_RECURSE SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/*.c)
    sel4ux_of_isa(SOURCES)
    add_library(sel4ux_${NAME} STATIC ${SOURCES})
    target_link_libraries(sel4ux_${NAME} PUBLIC sel4ux_flags ${ARGN})
    add_dependencies(sel4ux_${NAME} sel4ux_abi_headers)
endfunction()
