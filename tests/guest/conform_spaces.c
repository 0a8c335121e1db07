/*
 * Conformance: TCB invocations that install capabilities: CSpace and VSpace roots, IPC buffers.
 */
#include "conform.h"

static seL4_CPtr tcb, endpoint, frame;

struct spaces {
    seL4_CPtr croot;
    seL4_Word croot_data;
    seL4_CPtr vroot;
    seL4_Word buffer;
    seL4_CPtr frame;
};

static struct spaces right_ones(void)
{
    return (struct spaces){.croot = ROOT, .vroot = OWN_VSPACE};
}

typedef seL4_Error (*install_call)(seL4_CPtr thread, struct spaces s);

#ifdef CONFIG_KERNEL_MCS

static seL4_Error configure(seL4_CPtr thread, struct spaces s)
{
    return seL4_TCB_Configure(thread, s.croot, s.croot_data, s.vroot, 0, s.buffer, s.frame);
}

#else

static seL4_Error configure(seL4_CPtr thread, struct spaces s)
{
    return seL4_TCB_Configure(thread, 0, s.croot, s.croot_data, s.vroot, 0, s.buffer, s.frame);
}

#endif

/* The fault handler is an address without MCS and a capability with it; neither leads anywhere. */
static seL4_Error set_space(seL4_CPtr thread, struct spaces s)
{
    return seL4_TCB_SetSpace(thread, 0, s.croot, s.croot_data, s.vroot, 0);
}

static seL4_Error set_ipc_buffer(seL4_CPtr thread, struct spaces s)
{
    return seL4_TCB_SetIPCBuffer(thread, s.buffer, s.frame);
}

/* ---------------------------------------------------------------------- roots */

static void croot(const char *name, install_call install, const char *path, seL4_CPtr cap,
                  seL4_Word data)
{
    struct spaces s = right_ones();

    s.croot = cap;
    s.croot_data = data;
    conform(name, path, install(tcb, s));
}

static void vroot(const char *name, install_call install, const char *path, seL4_CPtr cap)
{
    struct spaces s = right_ones();

    s.vroot = cap;
    conform(name, path, install(tcb, s));
}

/* A thread whose own capability to its CSpace is the last one: deleting that might take long. */
static void last_cspace(const char *name, install_call install)
{
    seL4_CPtr thread = object_alloc(seL4_TCBObject, 0);
    seL4_CPtr cnode = object_alloc(seL4_CapTableObject, 4);
    struct spaces s = right_ones();

    s.croot = cnode;
    must("install", install(thread, s));
    must("delete", cap_delete(cnode));
    conform(name, "cspace-last", install(thread, right_ones()));
}

static void roots(const char *name, install_call install)
{
    seL4_CPtr cnode = object_alloc(seL4_CapTableObject, 4);

    last_cspace(name, install);
    croot(name, install, "cspace-derive-used", conform_used_untyped(), 0);
    croot(name, install, "cspace-derive-table", object_alloc(seL4_X86_PageTableObject, 0), 0);
    croot(name, install, "cspace-type", endpoint, 0);
    croot(name, install, "cspace-type", slot_alloc(), 0);
    croot(name, install, "cspace-data", cnode, seL4_CNode_CapData_new(0, 61).words[0]);
    vroot(name, install, "vspace-derive-used", conform_used_untyped());
    vroot(name, install, "vspace-derive-table", object_alloc(seL4_X64_PML4Object, 0));
    vroot(name, install, "vspace-type", ROOT);
    vroot(name, install, "vspace-type", slot_alloc());
    croot(name, install, "success", cnode, seL4_CNode_CapData_new(0, 60).words[0]);
}

/* ---------------------------------------------------------------------- buffers */

static void buffer(const char *name, install_call install, const char *path, seL4_Word address,
                   seL4_CPtr cap)
{
    struct spaces s = right_ones();

    s.buffer = address;
    s.frame = cap;
    conform(name, path, install(tcb, s));
}

static seL4_CPtr device_frame(void)
{
    seL4_CPtr slot = slot_alloc();

    must("device frame",
         seL4_Untyped_Retype(conform_device_untyped(12), seL4_X86_4K, 0, ROOT, 0, 0, slot, 1));
    return slot;
}

static void buffers(const char *name, install_call install, seL4_CPtr device)
{
    buffer(name, install, "buffer-derive-used", 0x1000, conform_used_untyped());
    buffer(name, install, "buffer-derive-table", 0x1000, object_alloc(seL4_X64_PML4Object, 0));
    buffer(name, install, "buffer-type", 0x1000, endpoint);
    buffer(name, install, "buffer-type", 0x1000, slot_alloc());
    buffer(name, install, "buffer-device", 0x1000, device);
    buffer(name, install, "buffer-alignment", 0x1200, frame);
    buffer(name, install, "success", 0x1400, frame);
    buffer(name, install, "success", 0, endpoint);
}

int main(void)
{
    const struct conform_message messages[] = {
#ifdef CONFIG_KERNEL_MCS
        {"TCBConfigure", OWN_TCB, TCBConfigure, 3, 3, {0}, {0}},
        {"TCBSetSpace", OWN_TCB, TCBSetSpace, 2, 3, {0}, {0}},
#else
        {"TCBConfigure", OWN_TCB, TCBConfigure, 4, 3, {0}, {0}},
        {"TCBSetSpace", OWN_TCB, TCBSetSpace, 3, 2, {0}, {0}},
#endif
        {"TCBSetIPCBuffer", OWN_TCB, TCBSetIPCBuffer, 1, 1, {0}, {0}},
    };
    seL4_CPtr device = device_frame();

    tcb = object_alloc(seL4_TCBObject, 0);
    endpoint = object_alloc(seL4_EndpointObject, 0);
    frame = object_alloc(seL4_X86_4K, 0);
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
        conform_truncated(&messages[i]);
    roots("TCBConfigure", configure);
    buffers("TCBConfigure", configure, device);
    roots("TCBSetSpace", set_space);
    buffers("TCBSetIPCBuffer", set_ipc_buffer, device);
    return 0;
}
