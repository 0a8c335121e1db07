/*
 * The fake machine. Its own state lies in the memory between struct kernel and RAM that belongs to
 * the machine, so a test may have several kernels.
 */
#include "fake_platform.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/cnode.h"
#include "kernel/ipc.h"
#include "kernel/sched.h"
#include "kernel/thread.h"

#define STATE_OFFSET (KERNEL_RAM_OFFSET - (1ull << 20))
#define FIRST_FREE   (1ull << 20)

_Static_assert(sizeof(struct kernel) <= STATE_OFFSET, "room for the fake's state");

struct fake_machine *fake_machine(struct kernel *k)
{
    return (struct fake_machine *)((char *)k + STATE_OFFSET);
}

static void default_config(struct kernel_config *c)
{
    c->debug = true;
    c->printing = true;
    c->huge_page = true;
    c->xsave_size = 576;
    c->root_cnode_bits = 12;
    c->num_priorities = 256;
    c->num_domains = 1;
    c->num_domain_schedules = 1;
    c->num_nodes = 1;
    c->timer_tick_ms = 2;
    c->time_slice = 5;
    c->wcet_scale = 1;
    c->retype_fan_out = 256;
    c->max_work_units = 100;
    c->reset_chunk_bits = 8;
    c->max_untyped_caps = 230;
    c->stack_trace_length = 16;
}

static void identity_abi(struct abi *abi)
{
    for (unsigned i = 0; i < SYS_COUNT; i++)
        abi->syscall[i] = i;
    for (unsigned i = 0; i < INV_COUNT; i++)
        abi->invocation[i] = i;
    for (unsigned i = 0; i < OBJ_COUNT; i++)
        abi->object[i] = i;
    abi->vm_fault_label = 5;
    abi->notification_bits = 5;
    abi->tcb_bits = MIN_TCB_BITS;
}

struct kernel *fake_kernel_new(void)
{
    void *memory = mmap(NULL, KERNEL_RAM_OFFSET + FAKE_RAM_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert(memory != MAP_FAILED);
    struct kernel *k = memory;
    default_config(&k->config);
    identity_abi(&k->abi);
    k->ram_size = FAKE_RAM_SIZE;
    fake_machine(k)->next_free = FIRST_FREE;
    fake_machine(k)->irq_pending_after = -1;
    k->irq_node = fake_alloc(k, SLOT_BITS + 8);
    sched_init(k);
    return k;
}

void fake_kernel_free(struct kernel *k)
{
    munmap(k, KERNEL_RAM_OFFSET + FAKE_RAM_SIZE);
}

paddr fake_alloc(struct kernel *k, unsigned bits)
{
    struct fake_machine *m = fake_machine(k);
    paddr p = (m->next_free + MASK(bits)) & ~MASK(bits);
    m->next_free = p + BIT(bits);
    assert(m->next_free <= FAKE_RAM_SIZE);
    return p;
}

paddr fake_slot(paddr node, unsigned index)
{
    return node + ((paddr)index << SLOT_BITS);
}

struct cap fake_cap(struct kernel *k, paddr slot)
{
    return cte_at(k, slot)->cap;
}

paddr fake_put(struct kernel *k, paddr slot, struct cap cap)
{
    struct cte *cte = cte_at(k, slot);
    assert(cte->cap.type == CAP_NULL);
    cte->cap = cap;
    cte->mdb = (struct mdb){.revocable = 1, .first_badged = 1};
    return slot;
}

struct cap fake_cnode(struct kernel *k, unsigned radix, unsigned guard_size, word guard)
{
    paddr node = fake_alloc(k, radix + SLOT_BITS);
    return (struct cap){.cnode = {.type = CAP_CNODE,
                                  .obj = node,
                                  .radix = radix,
                                  .guard_size = guard_size,
                                  .guard = guard}};
}

struct cap fake_host_object(struct kernel *k, unsigned index, unsigned kind, bool writable)
{
    if (k->host_node == 0)
        k->host_node = fake_alloc(k, SLOT_BITS + 10);
    k->host[index] = (struct host_object){.kind = (uint8_t)kind};
    fake_machine(k)->host_open[index] = true;
    return (struct cap){
        .host = {.type = CAP_HOST, .index = index, .can_read = 1, .can_write = writable}};
}

struct cap fake_untyped(struct kernel *k, unsigned bits)
{
    return (struct cap){
        .untyped = {.type = CAP_UNTYPED, .obj = fake_alloc(k, bits), .size_bits = bits}};
}

struct cap fake_endpoint(struct kernel *k)
{
    return (struct cap){.endpoint = {.type = CAP_ENDPOINT,
                                     .obj = fake_alloc(k, ENDPOINT_BITS),
                                     .can_send = 1,
                                     .can_receive = 1,
                                     .can_grant = 1,
                                     .can_grant_reply = 1}};
}

struct cap fake_notification(struct kernel *k)
{
    return (struct cap){.notification = {.type = CAP_NOTIFICATION,
                                         .obj = fake_alloc(k, k->abi.notification_bits),
                                         .can_send = 1,
                                         .can_receive = 1}};
}

paddr fake_thread(struct kernel *k, unsigned priority)
{
    paddr tcb = fake_alloc(k, k->abi.tcb_bits);
    thread_init(k, tcb);
    struct cap root = fake_cnode(k, FAKE_ROOT_RADIX, 64 - FAKE_ROOT_RADIX, 0);
    fake_put(k, fake_slot(tcb, TCB_CTABLE), root);
    if (!k->config.mcs)
        cnode_setup_reply_master(k, tcb);
    kernel_tcb(k, tcb)->priority = priority;
    kernel_tcb(k, tcb)->mcp = priority;
    return tcb;
}

paddr fake_thread_cnode(struct kernel *k, paddr tcb)
{
    return fake_cap(k, fake_slot(tcb, TCB_CTABLE)).obj;
}

paddr fake_thread_slot(struct kernel *k, paddr tcb, unsigned index)
{
    assert(index < BIT(FAKE_ROOT_RADIX));
    return fake_slot(fake_thread_cnode(k, tcb), index);
}

void fake_run(struct kernel *k, paddr tcb)
{
    sched_dequeue(k, tcb);
    kernel_tcb(k, tcb)->state = THREAD_RUNNING;
    k->current = tcb;
    k->current_sc = kernel_tcb(k, tcb)->sched_context;
    k->action = SCHED_RESUME_CURRENT;
}

struct invocation fake_invocation(struct kernel *k, paddr slot, enum abi_invocation label,
                                  unsigned count, const word *args)
{
    paddr buffer = fake_alloc(k, 10);
    struct invocation inv = {.label = label,
                             .length = count,
                             .is_call = true,
                             .is_blocking = true,
                             .thread = k->current,
                             .slot = slot,
                             .cap = fake_cap(k, slot),
                             .buffer = buffer};
    for (unsigned i = 0; i < count; i++)
        ipc_set_mr(k, k->current, buffer, i, args[i]);
    return inv;
}

void fake_extra(struct invocation *inv, paddr slot)
{
    assert(inv->extra_count < MAX_EXTRA_CAPS);
    inv->extra[inv->extra_count++] = slot;
}

/* ------------------------------------------------------------------ kernel/platform.h */

uint32_t platform_port_in(struct kernel *k, uint16_t port, unsigned width)
{
    struct fake_machine *m = fake_machine(k);
    m->port = port;
    m->port_width = width;
    m->port_reads++;
    return m->port_answer;
}

void platform_port_out(struct kernel *k, uint16_t port, unsigned width, uint32_t value)
{
    struct fake_machine *m = fake_machine(k);
    m->port = port;
    m->port_width = width;
    m->port_value = value;
    m->port_writes++;
}

void platform_irq_configure(struct kernel *k, unsigned irq)
{
    assert(irq < IRQ_COUNT);
    fake_machine(k)->irq_configure_calls++;
}

void platform_irq_mask(struct kernel *k, unsigned irq, bool masked)
{
    assert(irq < IRQ_COUNT);
    fake_machine(k)->irq_masked[irq] = masked;
    fake_machine(k)->irq_mask_calls++;
}

bool platform_irq_pending(struct kernel *k)
{
    struct fake_machine *m = fake_machine(k);
    m->irq_pending_asked++;
    k->now += m->irq_pending_takes;
    if (m->irq_pending_after >= 0 && m->irq_pending_after-- == 0)
        return true;
    return m->irq_pending;
}

void platform_console(struct kernel *k, char c)
{
    struct fake_machine *m = fake_machine(k);
    if (m->console_length < FAKE_CONSOLE_SIZE - 1)
        m->console[m->console_length++] = c;
}

void platform_log(struct kernel *k, const char *line)
{
    struct fake_machine *m = fake_machine(k);
    snprintf(m->last_log, sizeof(m->last_log), "%s", line);
    m->log_count++;
}

void platform_zero(struct kernel *k, paddr start, uint64_t size)
{
    struct fake_machine *m = fake_machine(k);
    assert(start + size >= start && start + size <= FAKE_RAM_SIZE);
    memset(kernel_at(k, start), 0, size);
    m->zero_calls++;
    m->zeroed += size;
}

/* Objects are made in zeroed memory only: the model relies on it, so the fake insists. */
void platform_used(struct kernel *k, paddr start, uint64_t size)
{
    struct fake_machine *m = fake_machine(k);
    assert(start + size >= start && start + size <= FAKE_RAM_SIZE);
    const uint64_t *words = kernel_at(k, start);
    for (uint64_t i = 0; i < size / sizeof(*words); i++)
        assert(words[i] == 0);
    m->used_calls++;
    m->used += size;
}

void platform_host(struct kernel *k, struct host_request *request)
{
    struct fake_machine *m = fake_machine(k);

    assert(m->host_open[request->object]);
    m->host_request = *request;
    m->host_requests++;
    if (request->label == HOST_CLOSE) {
        m->host_open[request->object] = false;
        return;
    }
    request->result = m->host_result;
    request->value[0] = m->host_value;
    if (request->result < 0 ||
        (request->label != SEL4UX_HOST_OPEN && request->label != SEL4UX_HOST_ACCEPT &&
         request->label != SEL4UX_HOST_CONNECT))
        return;
    assert(!m->host_open[request->made]);
    m->host_open[request->made] = true;
    request->kind = request->label == SEL4UX_HOST_OPEN ? SEL4UX_HOST_FILE : SEL4UX_HOST_STREAM;
}

uint64_t platform_now(const struct kernel *k)
{
    return k->now + FAKE_ENTRY_NS;
}

void platform_vspace_gone(struct kernel *k, uint32_t host)
{
    fake_machine(k)->vspace_gone_calls++;
    fake_machine(k)->gone_host = host;
}

void platform_record(struct kernel *k, enum record_kind kind, unsigned detail, paddr object,
                     const word *words, unsigned count)
{
    struct fake_machine *m = fake_machine(k);

    assert(kind < RECORD_KIND_COUNT && detail < 128 && count <= RECORD_WORDS_MAX);
    m->records[kind]++;
    m->record = (struct fake_record){.kind = kind, .detail = detail, .object = object};
    for (unsigned i = 0; i < count; i++)
        m->record.words[i] = words[i];
}
