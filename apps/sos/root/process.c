/* Processes, see process.h. */
#include "process.h"
#include "program.h"
#include "reply.h"

#define PROCESS_PRIORITY 100
#define CSPACE_BITS      2
#define BANK_BITS        17 /* room for 30 page tables beside a process's other objects */
#define BANK_SLOTS       48
#define TIME_SLICE_US    5000

static struct task processes[MAX_PROCESSES];
static seL4_CPtr endpoint;
static int last_pid;
static unsigned int wakes;

void process_init(seL4_CPtr calls)
{
    endpoint = calls;
}

void process_wake(enum wait what)
{
    wakes |= 1u << what | 1u << WAIT_POLL;
}

unsigned int process_take_wakes(void)
{
    unsigned int taken = wakes;

    wakes = 0;
    return taken;
}

struct task *process_at(unsigned int index)
{
    for (struct task *p = processes; p < processes + MAX_PROCESSES; p++) {
        if (p->pid && index-- == 0)
            return p;
    }
    return NULL;
}

struct task *process_find(int pid)
{
    for (struct task *p = processes; p < processes + MAX_PROCESSES; p++) {
        if (pid && p->pid == pid && !p->zombie)
            return p;
    }
    return NULL;
}

/* -------------------------------------------------------------- start */

/* Calls and faults come to the same endpoint; the badge tells whose, and which of both. */
static bool give_endpoints(struct task *p, seL4_CPtr cspace)
{
    seL4_CapRights_t rights = seL4_CapRights_new(1, 0, 0, 1);
    seL4_Word badge = (seL4_Word)p->pid;

    return seL4_CNode_Mint(cspace, SOS_ENDPOINT, CSPACE_BITS, ROOT, endpoint, DEPTH, rights,
                           badge) == seL4_NoError &&
           seL4_CNode_Mint(cspace, SOS_FAULT_ENDPOINT, CSPACE_BITS, ROOT, endpoint, DEPTH, rights,
                           badge | BADGE_FAULT) == seL4_NoError;
}

#ifdef CONFIG_KERNEL_MCS

static bool configure(struct task *p, seL4_CPtr cspace, seL4_Word guard)
{
    seL4_CPtr context = bank_alloc(&p->bank, seL4_SchedContextObject, seL4_MinSchedContextBits);
    seL4_CPtr faults = bank_slot(&p->bank);

    return context && faults &&
           seL4_CNode_Copy(ROOT, faults, DEPTH, cspace, SOS_FAULT_ENDPOINT, CSPACE_BITS,
                           seL4_AllRights) == seL4_NoError &&
           seL4_SchedControl_ConfigureFlags(seL4_GetBootInfo()->schedcontrol.start, context,
                                            TIME_SLICE_US, TIME_SLICE_US, 0, 0,
                                            0) == seL4_NoError &&
           seL4_TCB_Configure(p->tcb, cspace, guard, p->space.vspace, seL4_NilData, 0, 0) ==
               seL4_NoError &&
           seL4_TCB_SetSchedParams(p->tcb, OWN_TCB, PROCESS_PRIORITY, PROCESS_PRIORITY, context,
                                   faults) == seL4_NoError;
}

#else

static bool configure(struct task *p, seL4_CPtr cspace, seL4_Word guard)
{
    return seL4_TCB_Configure(p->tcb, SOS_FAULT_ENDPOINT, cspace, guard, p->space.vspace,
                              seL4_NilData, 0, 0) == seL4_NoError &&
           seL4_TCB_SetSchedParams(p->tcb, OWN_TCB, PROCESS_PRIORITY, PROCESS_PRIORITY) ==
               seL4_NoError;
}

#endif

static bool make_thread(struct task *p)
{
    seL4_Word guard = seL4_CNode_CapData_new(0, DEPTH - CSPACE_BITS).words[0];
    seL4_CPtr cspace = bank_alloc(&p->bank, seL4_CapTableObject, CSPACE_BITS);

    p->tcb = bank_alloc(&p->bank, seL4_TCBObject, 0);
    if (!p->tcb || !cspace || !give_endpoints(p, cspace) || !configure(p, cspace, guard))
        return false;
    thread_name(p->tcb, p->name);
    return true;
}

/* The arguments lie at the end of the stack; the thread is told where. */
static long start_thread(struct task *p, const struct spawn *spawn, seL4_Word entry)
{
    seL4_Word arguments = (SOS_STACK_END - spawn->bytes) & -16ul;
    long error = copy_out(&p->space, arguments, spawn->arguments, spawn->bytes);
    seL4_UserContext regs = {
        .rip = entry,
        .rsp = arguments - 8, /* as after a call */
        .rdi = arguments,
        .rsi = spawn->bytes,
    };

    if (error)
        return error;
    must("start a process",
         seL4_TCB_WriteRegisters(p->tcb, true, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
    return 0;
}

static long build(struct task *p, const struct spawn *spawn)
{
    seL4_Word entry;
    long error;

    bank_open(&p->bank, BANK_BITS, BANK_SLOTS);
    if (!space_create(&p->space, &p->bank))
        return -SOS_ENOMEM;
    error = program_load(&p->space, p->program, &entry);
    if (error)
        return error;
    p->heap = space_region(&p->space, SOS_HEAP, SOS_HEAP, true);
    if (!p->heap || !space_region(&p->space, SOS_STACK, SOS_STACK_END, true) || !make_thread(p))
        return -SOS_ENOMEM;
    p->brk = SOS_HEAP;
    return start_thread(p, spawn, entry);
}

static struct task *find_entry(void)
{
    for (struct task *p = processes; p < processes + MAX_PROCESSES; p++) {
        if (p->pid == 0)
            return p;
    }
    return NULL;
}

static void set_files(struct task *p, const struct spawn *spawn)
{
    struct open_file *standard[3] = {spawn->in, spawn->out, spawn->out};

    for (int i = 0; i < 3; i++) {
        if (standard[i])
            open_hold(standard[i]);
        p->files[i] = standard[i];
    }
}

/* Everything but the entry itself. */
static void give_back(struct task *p)
{
    reply_drop(&p->call);
    for (int i = 0; i < SOS_FDS; i++) {
        if (p->files[i])
            open_release(p->files[i]);
        p->files[i] = NULL;
    }
    space_destroy(&p->space);
    bank_reset(&p->bank);
    p->program->running--;
    inode_release(p->program);
}

long process_spawn(const struct spawn *spawn)
{
    struct task *p = find_entry();
    struct inode *program;
    struct bank bank;
    long error = inode_open(spawn->path, SOS_O_READ, &program);

    if (error)
        return error;
    inode_hold(program);
    if (!p) {
        inode_release(program);
        return -SOS_ENOMEM;
    }
    bank = p->bank;
    memset(p, 0, sizeof(*p));
    p->bank = bank;
    p->pid = ++last_pid;
    p->parent = spawn->parent;
    p->job = spawn->job ? spawn->job : p->pid;
    memcpy(p->name, program->name, SOS_NAME_MAX);
    p->program = program;
    program->running++;
    set_files(p, spawn);
    error = build(p, spawn);
    if (error) {
        give_back(p);
        p->pid = 0;
        return error;
    }
    return p->pid;
}

/* -------------------------------------------------------------- end */

/* Children that nobody will ask for any more. */
static void orphan_children(int pid)
{
    for (struct task *p = processes; p < processes + MAX_PROCESSES; p++) {
        if (p->pid == 0 || p->parent != pid)
            continue;
        p->parent = 0;
        if (p->zombie)
            p->pid = 0;
    }
}

void process_end(struct task *p, int status)
{
    give_back(p);
    orphan_children(p->pid);
    p->status = status;
    p->zombie = true;
    if (p->parent == 0 && p->pid != INIT_PID)
        p->pid = 0;
    process_wake(WAIT_CHILD);
}

void process_kill_job(int job)
{
    for (struct task *p = processes; p < processes + MAX_PROCESSES; p++) {
        if (p->pid && !p->zombie && p->job == job)
            process_end(p, SOS_KILLED);
    }
}

long process_reap(int parent, int pid, int *status)
{
    long found = -SOS_ECHILD;

    for (struct task *p = processes; p < processes + MAX_PROCESSES; p++) {
        if (p->pid == 0 || p->parent != parent || (pid && p->pid != pid))
            continue;
        found = 0;
        if (p->zombie) {
            found = p->pid;
            *status = p->status;
            p->pid = 0;
            break;
        }
    }
    return found;
}

void process_info(struct task *p, struct sos_process *info)
{
    *info = (struct sos_process){.pid = p->pid, .parent = p->parent, .job = p->job};
    info->state = p->zombie ? SOS_ZOMBIE : p->call.waiting ? SOS_BLOCKED : SOS_RUNNING;
    info->resident = p->space.resident;
    info->swapped = p->space.swapped;
    memcpy(info->name, p->name, SOS_NAME_MAX);
}
