# Guests of the network tests.
sel4ux_add_guest(hostnet SOURCES ${SEL4UX_GUEST_ROOT}/tests/net/hostnet.c)
