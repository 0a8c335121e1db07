# Headers generated from the ABI's description: everything includes them, nothing is written twice.
set(SEL4UX_GEN ${CMAKE_BINARY_DIR}/gen)
file(GLOB SEL4UX_ABI_SOURCES CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/abi/* ${CMAKE_SOURCE_DIR}/tools/abi*.py)
add_custom_command(
    OUTPUT ${SEL4UX_GEN}/abi_gen.h
    BYPRODUCTS ${SEL4UX_GEN}/abi_messages.h ${SEL4UX_GEN}/abi_tables.h
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/abigen.py ${SEL4UX_GEN}
    DEPENDS ${SEL4UX_ABI_SOURCES}
    COMMENT "Generating ABI headers"
    VERBATIM)
add_custom_target(sel4ux_abi_headers DEPENDS ${SEL4UX_GEN}/abi_gen.h)
