/*
 * Registers: their description (target.xml), and where they are in a TCB. GDB does not read the
 * description anew for processes that it meets later; so numbers are those that it takes for
 * granted without one, and `g` has only what is the same in any case. The rest is for `p`.
 */
#include <stddef.h>
#include <string.h>

#include "gdb/session.h"
#include "gdb/xsave.h"
#include "kernel/thread.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define USER_CS 0x33
#define USER_SS 0x2b

enum place {
    IN_USER_REGS, /* offset in struct user_regs */
    IN_RIP,       /* where the thread goes on */
    FIXED,        /* offset is the value */
    NO_CALL,      /* all ones */
    IN_X87,       /* offset in the area, of the component */
    IN_X87_WORD,  /* the same, 16 bits there */
    IN_TAGS,
    IN_SSE,
    IN_MXCSR,
    IN_AVX,
};

struct reg {
    const char *name;
    uint8_t bits;
    uint8_t place; /* enum place */
    uint16_t offset;
    const char *type;
    const char *group; /* NULL: general */
};

#define GENERAL(name)                                                                              \
    {                                                                                              \
#name, 64, IN_USER_REGS, offsetof(struct user_regs, name), "int64", NULL                   \
    }
#define SEGMENT(name, value)                                                                       \
    {                                                                                              \
#name, 32, FIXED, value, "int32", NULL                                                     \
    }
#define ST(n)                                                                                      \
    {                                                                                              \
        "st" #n, 80, IN_X87, XSAVE_ST + 16 * n, "i387_ext", "float"                                \
    }
#define X87(name, where, at)                                                                       \
    {                                                                                              \
#name, 32, where, at, "int", "float"                                                       \
    }
#define XMM(n)                                                                                     \
    {                                                                                              \
        "xmm" #n, 128, IN_SSE, XSAVE_XMM + 16 * n, "vec128", "vector"                              \
    }
#define YMMH(n)                                                                                    \
    {                                                                                              \
        "ymm" #n "h", 128, IN_AVX, XSAVE_AVX + 16 * n, "uint128", "vector"                         \
    }
#define BASE(name)                                                                                 \
    {                                                                                              \
#name, 64, IN_USER_REGS, offsetof(struct user_regs, name), "int", NULL                     \
    }

static const struct reg core[] = {
    GENERAL(rax),
    GENERAL(rbx),
    GENERAL(rcx),
    GENERAL(rdx),
    GENERAL(rsi),
    GENERAL(rdi),
    {"rbp", 64, IN_USER_REGS, offsetof(struct user_regs, rbp), "data_ptr", NULL},
    {"rsp", 64, IN_USER_REGS, offsetof(struct user_regs, rsp), "data_ptr", NULL},
    GENERAL(r8),
    GENERAL(r9),
    GENERAL(r10),
    GENERAL(r11),
    GENERAL(r12),
    GENERAL(r13),
    GENERAL(r14),
    GENERAL(r15),
    {"rip", 64, IN_RIP, 0, "code_ptr", NULL},
    {"eflags", 32, IN_USER_REGS, offsetof(struct user_regs, rflags), "i386_eflags", NULL},
    SEGMENT(cs, USER_CS),
    SEGMENT(ss, USER_SS),
    SEGMENT(ds, 0),
    SEGMENT(es, 0),
    SEGMENT(fs, 0),
    SEGMENT(gs, 0),
    ST(0),
    ST(1),
    ST(2),
    ST(3),
    ST(4),
    ST(5),
    ST(6),
    ST(7),
    X87(fctrl, IN_X87_WORD, XSAVE_FCW),
    X87(fstat, IN_X87_WORD, XSAVE_FSW),
    X87(ftag, IN_TAGS, 0),
    X87(fiseg, FIXED, 0),
    X87(fioff, IN_X87, XSAVE_FIP),
    X87(foseg, FIXED, 0),
    X87(fooff, IN_X87, XSAVE_FDP),
    X87(fop, IN_X87_WORD, XSAVE_FOP),
};

static const struct reg sse[] = {
    XMM(0),
    XMM(1),
    XMM(2),
    XMM(3),
    XMM(4),
    XMM(5),
    XMM(6),
    XMM(7),
    XMM(8),
    XMM(9),
    XMM(10),
    XMM(11),
    XMM(12),
    XMM(13),
    XMM(14),
    XMM(15),
    {"mxcsr", 32, IN_MXCSR, XSAVE_MXCSR, "i386_mxcsr", "vector"},
};

/* Linux's note of an interrupted system call: there is none. */
static const struct reg system_call[] = {{"orig_rax", 64, NO_CALL, 0, "int", "system"}};

static const struct reg segments[] = {BASE(fs_base), BASE(gs_base)};

static const struct reg avx[] = {
    YMMH(0), YMMH(1), YMMH(2),  YMMH(3),  YMMH(4),  YMMH(5),  YMMH(6),  YMMH(7),
    YMMH(8), YMMH(9), YMMH(10), YMMH(11), YMMH(12), YMMH(13), YMMH(14), YMMH(15),
};

static const char core_types[] =
    "<flags id=\"i386_eflags\" size=\"4\">"
    "<field name=\"\" start=\"22\" end=\"31\"/>"
    "<field name=\"ID\" start=\"21\" end=\"21\"/><field name=\"AC\" start=\"18\" end=\"18\"/>"
    "<field name=\"RF\" start=\"16\" end=\"16\"/><field name=\"OF\" start=\"11\" end=\"11\"/>"
    "<field name=\"DF\" start=\"10\" end=\"10\"/><field name=\"IF\" start=\"9\" end=\"9\"/>"
    "<field name=\"TF\" start=\"8\" end=\"8\"/><field name=\"SF\" start=\"7\" end=\"7\"/>"
    "<field name=\"ZF\" start=\"6\" end=\"6\"/><field name=\"AF\" start=\"4\" end=\"4\"/>"
    "<field name=\"PF\" start=\"2\" end=\"2\"/><field name=\"\" start=\"1\" end=\"1\"/>"
    "<field name=\"CF\" start=\"0\" end=\"0\"/></flags>\n";

static const char sse_types[] =
    "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>"
    "<vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/>"
    "<vector id=\"v16i8\" type=\"int8\" count=\"16\"/>"
    "<vector id=\"v8i16\" type=\"int16\" count=\"8\"/>"
    "<vector id=\"v4i32\" type=\"int32\" count=\"4\"/>"
    "<vector id=\"v2i64\" type=\"int64\" count=\"2\"/>"
    "<union id=\"vec128\"><field name=\"v4_float\" type=\"v4f\"/>"
    "<field name=\"v2_double\" type=\"v2d\"/><field name=\"v16_int8\" type=\"v16i8\"/>"
    "<field name=\"v8_int16\" type=\"v8i16\"/><field name=\"v4_int32\" type=\"v4i32\"/>"
    "<field name=\"v2_int64\" type=\"v2i64\"/><field name=\"uint128\" type=\"uint128\"/></union>"
    "<flags id=\"i386_mxcsr\" size=\"4\">"
    "<field name=\"IE\" start=\"0\" end=\"0\"/><field name=\"DE\" start=\"1\" end=\"1\"/>"
    "<field name=\"ZE\" start=\"2\" end=\"2\"/><field name=\"OE\" start=\"3\" end=\"3\"/>"
    "<field name=\"UE\" start=\"4\" end=\"4\"/><field name=\"PE\" start=\"5\" end=\"5\"/>"
    "<field name=\"DAZ\" start=\"6\" end=\"6\"/><field name=\"IM\" start=\"7\" end=\"7\"/>"
    "<field name=\"DM\" start=\"8\" end=\"8\"/><field name=\"ZM\" start=\"9\" end=\"9\"/>"
    "<field name=\"OM\" start=\"10\" end=\"10\"/><field name=\"UM\" start=\"11\" end=\"11\"/>"
    "<field name=\"PM\" start=\"12\" end=\"12\"/><field name=\"FZ\" start=\"15\" end=\"15\"/>"
    "</flags>\n";

static const struct feature {
    const char *name, *types;
    const struct reg *regs;
    size_t count;
} features[] = {
    {"org.gnu.gdb.i386.core", core_types, core, COUNT(core)},
    {"org.gnu.gdb.i386.sse", sse_types, sse, COUNT(sse)},
    {"org.gnu.gdb.i386.linux", "", system_call, COUNT(system_call)},
    {"org.gnu.gdb.i386.segments", "", segments, COUNT(segments)},
    {"org.gnu.gdb.i386.avx", "", avx, COUNT(avx)},
};

void gdb_target_xml(struct gdb_text *t)
{
    gdb_text_print(t, "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
                      "<target version=\"1.0\">\n<architecture>i386:x86-64</architecture>\n");
    for (size_t f = 0; f < COUNT(features); f++) {
        gdb_text_print(t, "<feature name=\"%s\">\n", features[f].name);
        gdb_text_add(t, features[f].types, strlen(features[f].types));
        for (size_t n = 0; n < features[f].count; n++) {
            const struct reg *r = &features[f].regs[n];

            gdb_text_print(t, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\"", r->name, r->bits,
                           r->type);
            if (r->group != NULL)
                gdb_text_print(t, " group=\"%s\"", r->group);
            gdb_text_print(t, "/>\n");
        }
        gdb_text_print(t, "</feature>\n");
    }
    gdb_text_print(t, "</target>\n");
}

#define IN_G (COUNT(core) + COUNT(sse)) /* how many `g` has */

static const struct reg *find(uint64_t number)
{
    for (size_t f = 0; f < COUNT(features); f++) {
        if (number < features[f].count)
            return &features[f].regs[number];
        number -= features[f].count;
    }
    return NULL;
}

/* ------------------------------------------------------------------ one register */

#define REG_MAX 16 /* bytes */

static uint64_t *rip_of(struct tcb *tcb)
{
    return tcb->state == THREAD_RESTART ? &tcb->regs.fault_ip : &tcb->regs.rip;
}

static void read_component(struct tcb *tcb, const struct reg *r, unsigned component, size_t size,
                           uint8_t *value)
{
    const uint16_t fcw = FCW_INIT;

    if (xsave_has(tcb, component))
        memcpy(value, tcb->fpu + r->offset, size);
    else if (r->place == IN_X87_WORD && r->offset == XSAVE_FCW)
        memcpy(value, &fcw, sizeof fcw);
}

static void read_one(struct tcb *tcb, const struct reg *r, uint8_t *value)
{
    const uint32_t mxcsr = MXCSR_INIT;
    size_t size = r->bits / 8;
    uint16_t tags;

    memset(value, 0, REG_MAX);
    switch ((enum place)r->place) {
    case IN_USER_REGS:
        memcpy(value, (const char *)&tcb->regs + r->offset, size);
        break;
    case IN_RIP:
        memcpy(value, rip_of(tcb), size);
        break;
    case FIXED:
        memcpy(value, &r->offset, sizeof r->offset);
        break;
    case NO_CALL:
        memset(value, 0xff, size);
        break;
    case IN_X87:
        read_component(tcb, r, COMPONENT_X87, size, value);
        break;
    case IN_X87_WORD:
        read_component(tcb, r, COMPONENT_X87, sizeof(uint16_t), value);
        break;
    case IN_TAGS:
        tags = xsave_full_tags(tcb);
        memcpy(value, &tags, sizeof tags);
        break;
    case IN_SSE:
        read_component(tcb, r, COMPONENT_SSE, size, value);
        break;
    case IN_MXCSR:
        memcpy(value, tcb->fpu + r->offset, size);
        if (memcmp(value, "\0\0\0", 4) == 0 && *xsave_components(tcb) == 0)
            memcpy(value, &mxcsr, sizeof mxcsr);
        break;
    case IN_AVX:
        read_component(tcb, r, COMPONENT_AVX, size, value);
        break;
    }
}

static void write_component(struct tcb *tcb, const struct reg *r, unsigned component, size_t size,
                            const uint8_t *value)
{
    xsave_make_present(tcb, component);
    memcpy(tcb->fpu + r->offset, value, size);
}

static void write_user_reg(struct tcb *tcb, const struct reg *r, const uint8_t *value)
{
    unsigned index = (unsigned)(r->offset / sizeof(word));
    word wanted = 0;

    memcpy(&wanted, value, r->bits / 8);
    *thread_register(tcb, index) = thread_sanitise_register(index, wanted);
}

static void write_one(struct tcb *tcb, const struct reg *r, const uint8_t *value)
{
    size_t size = r->bits / 8;
    uint64_t rip;
    uint32_t mxcsr;
    uint16_t tags;

    switch ((enum place)r->place) {
    case IN_USER_REGS:
        write_user_reg(tcb, r, value);
        break;
    case IN_RIP:
        memcpy(&rip, value, size);
        tcb->regs.rip = tcb->regs.fault_ip = thread_sanitise_register(REG(fault_ip), rip);
        break;
    case FIXED:
    case NO_CALL:
        break;
    case IN_X87:
        write_component(tcb, r, COMPONENT_X87, size, value);
        break;
    case IN_X87_WORD:
        write_component(tcb, r, COMPONENT_X87, sizeof(uint16_t), value);
        break;
    case IN_TAGS:
        memcpy(&tags, value, sizeof tags);
        xsave_set_tags(tcb, tags);
        break;
    case IN_SSE:
        write_component(tcb, r, COMPONENT_SSE, size, value);
        break;
    case IN_MXCSR: /* a bit that the processor does not have would fault when it is loaded */
        memcpy(&mxcsr, value, sizeof mxcsr);
        mxcsr &= 0xffff;
        xsave_make_present(tcb, COMPONENT_SSE);
        memcpy(tcb->fpu + r->offset, &mxcsr, sizeof mxcsr);
        break;
    case IN_AVX:
        write_component(tcb, r, COMPONENT_AVX, size, value);
        break;
    }
}

/* ------------------------------------------------------------------ packets */

static struct tcb *tcb_of(struct gdb *g)
{
    paddr thread = gdb_general(g);

    return thread != 0 ? kernel_tcb(gdb_kernel(g), thread) : NULL;
}

void gdb_read_registers(struct gdb *g, const char *args)
{
    struct tcb *tcb = tcb_of(g);
    const struct reg *r;
    uint8_t value[REG_MAX];

    (void)args;
    for (uint64_t n = 0; tcb != NULL && n < IN_G; n++) {
        r = find(n);
        read_one(tcb, r, value);
        gdb_text_hex(&g->reply, value, r->bits / 8);
    }
    if (tcb == NULL)
        gdb_error(g, GDB_ERROR_ARGUMENT);
}

void gdb_write_registers(struct gdb *g, const char *args)
{
    struct tcb *tcb = tcb_of(g);
    size_t length = strlen(args);
    const struct reg *r;
    uint8_t value[REG_MAX];

    for (uint64_t n = 0; tcb != NULL && (r = find(n)) != NULL; n++) {
        size_t size = r->bits / 8;

        if (gdb_unhex(args, length, value, size) != size)
            break;
        write_one(tcb, r, value);
        args += 2 * size;
        length -= 2 * size;
    }
    if (tcb != NULL && length == 0)
        gdb_answer(g, "OK");
    else
        gdb_error(g, GDB_ERROR_ARGUMENT);
}

void gdb_read_register(struct gdb *g, const char *args)
{
    bool given = gdb_is_number(args);
    const struct reg *r = find(gdb_number(&args));
    struct tcb *tcb = tcb_of(g);
    uint8_t value[REG_MAX];

    if (!given || r == NULL || tcb == NULL) {
        gdb_error(g, GDB_ERROR_ARGUMENT);
        return;
    }
    read_one(tcb, r, value);
    gdb_text_hex(&g->reply, value, r->bits / 8);
}

void gdb_write_register(struct gdb *g, const char *args)
{
    bool given = gdb_is_number(args);
    const struct reg *r = find(gdb_number(&args));
    struct tcb *tcb = tcb_of(g);
    uint8_t value[REG_MAX];

    if (!given || r == NULL || tcb == NULL || !gdb_skip(&args, "=") ||
        gdb_unhex(args, strlen(args), value, r->bits / 8) != r->bits / 8) {
        gdb_error(g, GDB_ERROR_ARGUMENT);
        return;
    }
    write_one(tcb, r, value);
    gdb_answer(g, "OK");
}
