/*
 * Processes: an ELF file in a VSpace and a CSpace of its own.
 *
 * The CSpace is one CNode of 2^CHILD_RADIX slots that resolves all bits of a capability pointer,
 * so its slots are numbered from 0.
 */
#include "guest.h"

#include <elf.h>

static void *window(void)
{
    static void *address;

    if (!address)
        address = vspace_reserve(PAGE_SIZE);
    return address;
}

/* Where the capability lies that a frame is mapped in the window with. */
static seL4_CPtr window_slot(void)
{
    static seL4_CPtr slot;

    if (!slot)
        slot = slots_alloc(1);
    return slot;
}

/* Maps a new page at `vaddr` of the process, holding what the segment has for it. */
static void load_page(struct process *process, const char *file, const Elf64_Phdr *segment,
                      seL4_Word vaddr)
{
    seL4_Word first = vaddr > segment->p_vaddr ? vaddr : segment->p_vaddr;
    seL4_Word end = segment->p_vaddr + segment->p_filesz;
    seL4_CPtr frame = object_alloc(seL4_X86_4K, 0);
    seL4_CPtr mine = window_slot();
    bool writable = segment->p_flags & PF_W;

    if (end > vaddr + PAGE_SIZE)
        end = vaddr + PAGE_SIZE;
    must("copy frame", seL4_CNode_Copy(ROOT, mine, DEPTH, ROOT, frame, DEPTH, seL4_AllRights));
    must("load", vspace_map(OWN_VSPACE, mine, (seL4_Word)window(), seL4_AllRights));
    if (end > first)
        memcpy((char *)window() + (first - vaddr),
               file + segment->p_offset + (first - segment->p_vaddr), end - first);
    must("unload", cap_delete(mine));
    must("map segment",
         vspace_map(process->vspace, frame, vaddr, writable ? seL4_ReadWrite : seL4_CanRead));
}

static void load(struct process *process, const char *file)
{
    const Elf64_Ehdr *header = (const void *)file;
    const Elf64_Phdr *segment = (const void *)(file + header->e_phoff);

    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        guest_die("not an ELF file");
    for (int i = 0; i < header->e_phnum; i++) {
        seL4_Word end = segment[i].p_vaddr + segment[i].p_memsz;

        if (segment[i].p_type != PT_LOAD)
            continue;
        for (seL4_Word at = segment[i].p_vaddr & -PAGE_SIZE; at < end; at += PAGE_SIZE)
            load_page(process, file, &segment[i], at);
    }
    process->entry = header->e_entry;
}

void process_give(struct process *process, seL4_CPtr cap, seL4_Word slot, seL4_CapRights_t rights)
{
    must("process_give",
         seL4_CNode_Copy(process->cnode, slot, CHILD_RADIX, ROOT, cap, DEPTH, rights));
}

/* Faults go to the process's CHILD_ENDPOINT, with its badge. */
static void configure(struct process *process, seL4_CPtr ipc_frame, seL4_Word guard,
                      seL4_Word priority)
{
#ifdef CONFIG_KERNEL_MCS
    seL4_CPtr endpoint = slot_alloc();

    must("copy endpoint", seL4_CNode_Copy(ROOT, endpoint, DEPTH, process->cnode, CHILD_ENDPOINT,
                                          CHILD_RADIX, seL4_AllRights));
    must("TCB_Configure", seL4_TCB_Configure(process->tcb, process->cnode, guard, process->vspace,
                                             seL4_NilData, CHILD_IPC_BUFFER, ipc_frame));
    must("TCB_SetSchedParams", seL4_TCB_SetSchedParams(process->tcb, OWN_TCB, priority, priority,
                                                       sched_context_alloc(), endpoint));
#else
    must("TCB_Configure",
         seL4_TCB_Configure(process->tcb, CHILD_ENDPOINT, process->cnode, guard, process->vspace,
                            seL4_NilData, CHILD_IPC_BUFFER, ipc_frame));
    must("TCB_SetSchedParams", seL4_TCB_SetSchedParams(process->tcb, OWN_TCB, priority, priority));
#endif
}

void process_create(struct process *process, const void *elf, seL4_CPtr endpoint, seL4_Word badge,
                    int priority)
{
    seL4_CPtr ipc_frame = object_alloc(seL4_X86_4K, 0);
    seL4_Word guard = seL4_CNode_CapData_new(0, DEPTH - CHILD_RADIX).words[0];

    process->cnode = object_alloc(seL4_CapTableObject, CHILD_RADIX);
    process->vspace = object_alloc(seL4_X64_PML4Object, 0);
    process->tcb = object_alloc(seL4_TCBObject, 0);
    must("ASIDPool_Assign", seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, process->vspace));
    load(process, elf);
    must("map IPC buffer",
         vspace_map(process->vspace, ipc_frame, CHILD_IPC_BUFFER, seL4_ReadWrite));
    must("mint endpoint", seL4_CNode_Mint(process->cnode, CHILD_ENDPOINT, CHILD_RADIX, ROOT,
                                          endpoint, DEPTH, seL4_AllRights, badge));
    process_give(process, process->tcb, CHILD_TCB, seL4_AllRights);
    configure(process, ipc_frame, guard, (seL4_Word)priority);
}

void process_start(struct process *process)
{
    seL4_UserContext regs = {.rip = process->entry, .rdi = CHILD_IPC_BUFFER};

    must("start process",
         seL4_TCB_WriteRegisters(process->tcb, true, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
}

void process_print(seL4_MessageInfo_t message)
{
    seL4_Word length = seL4_MessageInfo_get_length(message);
    char line[129];

    if (length >= sizeof(line))
        length = sizeof(line) - 1;
    for (seL4_Word i = 0; i < length; i++)
        line[i] = (char)seL4_GetMR((int)i);
    line[length] = 0;
    guest_printf("%s", line);
}
