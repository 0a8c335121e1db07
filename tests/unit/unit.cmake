# Unit tests mirror src/. The sanitizers are always on here: they cost seconds and find much.
set(UNIT_DIR ${CMAKE_CURRENT_SOURCE_DIR}/unit)
# -O1: what sanitizers add takes long to optimize.
set(UNIT_SANITIZERS -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)

# sel4ux_checked_library(NAME SOURCES...): the code under test, built with sanitizers. What several of
# them have is compiled for one, whose objects the others take.
function(sel4ux_checked_library NAME)
    add_library(${NAME} STATIC ${ARGN})
    target_link_libraries(${NAME} PUBLIC sel4ux_flags)
    target_compile_options(${NAME} PUBLIC ${UNIT_SANITIZERS})
    target_link_options(${NAME} PUBLIC ${UNIT_SANITIZERS})
    add_dependencies(${NAME} sel4ux_abi_headers)
endfunction()

# Kernel model against a fake platform.
file(GLOB_RECURSE KERNEL_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/kernel/*.c)
sel4ux_checked_library(checked_kernel ${KERNEL_SOURCES} ${CMAKE_SOURCE_DIR}/src/abi/abi.c
    ${UNIT_DIR}/kernel/fake_platform.c)
target_include_directories(checked_kernel PUBLIC ${UNIT_DIR}/kernel)

# Devices and machine.
file(GLOB DEVICE_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/device/*.c)
sel4ux_checked_library(checked_device ${DEVICE_SOURCES})

file(GLOB MACHINE_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/machine/*.c)
sel4ux_checked_library(checked_machine ${MACHINE_SOURCES} ${UNIT_DIR}/machine/fake_environment.c
    $<TARGET_OBJECTS:checked_device>
    $<FILTER:$<TARGET_OBJECTS:checked_kernel>,EXCLUDE,fake_platform>)
target_include_directories(checked_machine PUBLIC ${UNIT_DIR}/machine)

# What of the stub is no business with the host: the table of frames, and who runs where.
sel4ux_checked_library(checked_stub ${CMAKE_SOURCE_DIR}/src/stub/frames.c
    ${CMAKE_SOURCE_DIR}/src/stub/relay.c)
target_link_libraries(checked_stub PUBLIC checked_machine)

# Loader.
file(GLOB LOADER_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/loader/*.c
    ${CMAKE_SOURCE_DIR}/src/base/*.c ${CMAKE_SOURCE_DIR}/src/abi/*.c)
sel4ux_checked_library(checked_loader ${LOADER_SOURCES})
target_link_libraries(checked_loader PUBLIC PkgConfig::LIBELF PkgConfig::CJSON)

# The IP stack of the network server, between two hosts of the tests' own.
set(IP_STACK ${CMAKE_SOURCE_DIR}/apps/servers/net/stack)
file(GLOB IP_SOURCES CONFIGURE_DEPENDS ${IP_STACK}/*.c)
sel4ux_checked_library(checked_ip ${IP_SOURCES} ${UNIT_DIR}/ip/world.c)
target_include_directories(checked_ip PUBLIC ${IP_STACK} ${UNIT_DIR}/ip)

# Parsers of what comes from outside, for tests/fuzz.
sel4ux_checked_library(checked_http ${CMAKE_SOURCE_DIR}/apps/sos/programs/http.c)
target_include_directories(checked_http PUBLIC ${CMAKE_SOURCE_DIR}/apps/sos
    ${CMAKE_SOURCE_DIR}/apps/sos/programs)
sel4ux_checked_library(checked_network ${CMAKE_SOURCE_DIR}/src/hostio/address.c
    ${CMAKE_SOURCE_DIR}/src/hostio/user_filter.c ${CMAKE_SOURCE_DIR}/src/base/error.c)

# Views of scenes of the kernel model.
file(GLOB VIEW_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/view/*.c)
sel4ux_checked_library(checked_view ${VIEW_SOURCES} ${CMAKE_SOURCE_DIR}/src/base/error.c)
target_link_libraries(checked_view PUBLIC checked_kernel PkgConfig::CJSON)

# The gdb server, with a machine behind it.
file(GLOB GDB_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/gdb/*.c)
sel4ux_checked_library(checked_gdb ${GDB_SOURCES} $<TARGET_OBJECTS:checked_view>
    ${CMAKE_SOURCE_DIR}/src/host/watch.c ${CMAKE_SOURCE_DIR}/src/host/pausing.c)
target_link_libraries(checked_gdb PUBLIC checked_machine PkgConfig::CJSON)

# Reading and writing states; attaching to machines is for tests/system.
sel4ux_checked_library(checked_state ${CMAKE_SOURCE_DIR}/src/state/map.c
    ${CMAKE_SOURCE_DIR}/src/state/save.c ${CMAKE_SOURCE_DIR}/src/state/load.c)
target_link_libraries(checked_state PUBLIC checked_view)

# Traces, written and read.
file(GLOB TRACE_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/trace/*.c)
sel4ux_checked_library(checked_trace ${TRACE_SOURCES} ${CMAKE_SOURCE_DIR}/src/base/error.c
    ${CMAKE_SOURCE_DIR}/src/abi/abi.c $<TARGET_OBJECTS:sel4ux_page>)
target_link_libraries(checked_trace PUBLIC PkgConfig::ZLIB)

# Of the host's side what --host says; requests are for tests/host.
file(GLOB HOSTIO_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/hostio/*.c)
list(FILTER HOSTIO_SOURCES EXCLUDE REGEX "(service|confine)\\.c$")
sel4ux_checked_library(checked_hostio ${HOSTIO_SOURCES})
target_link_libraries(checked_hostio PUBLIC checked_machine checked_loader)

foreach(PART kernel device machine hostio stub loader view state trace ip)
    file(GLOB TESTS CONFIGURE_DEPENDS ${UNIT_DIR}/${PART}/test_*.c)
    foreach(FILE ${TESTS})
        get_filename_component(TEST ${FILE} NAME_WE)
        string(REPLACE "test_" "" TEST ${TEST})
        sel4ux_unit_test(unit.${PART}.${TEST} SOURCES ${FILE} LIBRARIES checked_${PART})
    endforeach()
endforeach()
