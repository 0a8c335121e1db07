# The network on every engine, with real clients on this computer alone.
set(NET_PROGRAMS ${HOSTED_PROGRAMS})
sel4ux_hosted_program(hostnet.guest debug SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/net/hostnet.c
    OPTIONS -I${CMAKE_SOURCE_DIR}/include)
list(REMOVE_ITEM HOSTED_PROGRAMS ${NET_PROGRAMS})
add_custom_target(net-hosted ALL DEPENDS ${HOSTED_PROGRAMS})

function(sel4ux_net_test name engine)
    add_test(NAME net.${name} COMMAND ${Python3_EXECUTABLE} -B
        ${CMAKE_CURRENT_SOURCE_DIR}/net/test_net.py --sel4ux $<TARGET_FILE:sel4ux>
        --build ${CMAKE_BINARY_DIR} --engine ${engine} ${ARGN})
    set_tests_properties(net.${name} PROPERTIES TIMEOUT 400 LABELS "net;${engine}"
        SKIP_RETURN_CODE 77)
endfunction()

foreach(ENGINE patch trap ptrace link)
    sel4ux_net_test(${ENGINE}.sockets ${ENGINE} Sockets)
    sel4ux_net_test(${ENGINE}.objects ${ENGINE} Objects)
endforeach()
# More of the guest's own work, and of what serves all engines alike.
foreach(ENGINE patch link)
    sel4ux_net_test(${ENGINE}.connecting ${ENGINE} Connecting)
    sel4ux_net_test(${ENGINE}.user ${ENGINE} UserNetwork)
    sel4ux_net_test(${ENGINE}.tap ${ENGINE} --tap)
endforeach()
sel4ux_net_test(hosted hosted Objects.test_peers)
