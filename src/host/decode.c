/* Instruction decoding by Zydis, see decode.h. */
#include "host/decode.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <Zydis/Zydis.h>

static enum access_kind kind_of(ZydisMnemonic mnemonic, bool memory_first)
{
    switch (mnemonic) {
    case ZYDIS_MNEMONIC_MOV:
        return memory_first ? ACCESS_STORE : ACCESS_LOAD;
    case ZYDIS_MNEMONIC_MOVZX:
    case ZYDIS_MNEMONIC_MOVSX:
    case ZYDIS_MNEMONIC_MOVSXD:
        return ACCESS_LOAD;
    case ZYDIS_MNEMONIC_AND:
        return ACCESS_AND;
    case ZYDIS_MNEMONIC_OR:
        return ACCESS_OR;
    case ZYDIS_MNEMONIC_XOR:
        return ACCESS_XOR;
    case ZYDIS_MNEMONIC_ADD:
        return ACCESS_ADD;
    case ZYDIS_MNEMONIC_SUB:
        return ACCESS_SUB;
    case ZYDIS_MNEMONIC_CMP:
        return ACCESS_CMP;
    case ZYDIS_MNEMONIC_TEST:
        return ACCESS_TEST;
    default:
        return ACCESS_UNKNOWN;
    }
}

/* False for operands that are neither a general register nor an immediate. */
static bool set_other_operand(const ZydisDecodedOperand *operand, struct access *access)
{
    ZydisRegister reg = operand->reg.value;

    if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        access->reg = ACCESS_IMMEDIATE;
        access->immediate = operand->imm.value.u;
        return true;
    }
    if (operand->type != ZYDIS_OPERAND_TYPE_REGISTER)
        return false;
    access->reg_high = reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH;
    if (access->reg_high) {
        access->reg = (uint8_t)(reg - ZYDIS_REGISTER_AH);
    } else {
        switch (ZydisRegisterGetClass(reg)) {
        case ZYDIS_REGCLASS_GPR8:
        case ZYDIS_REGCLASS_GPR16:
        case ZYDIS_REGCLASS_GPR32:
        case ZYDIS_REGCLASS_GPR64:
            break;
        default:
            return false;
        }
        reg = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
        access->reg = (uint8_t)(reg - ZYDIS_REGISTER_RAX);
    }
    access->reg_width = (uint8_t)(operand->size / 8);
    return true;
}

static bool writes(const ZydisDecodedOperand *operand)
{
    return operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
           (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
}

static uint8_t register_of_address(ZydisRegister reg)
{
    if (reg == ZYDIS_REGISTER_NONE)
        return ACCESS_NO_REGISTER;
    if (reg == ZYDIS_REGISTER_RIP || reg == ZYDIS_REGISTER_EIP)
        return ACCESS_RIP;
    reg = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
    return (uint8_t)(reg - ZYDIS_REGISTER_RAX);
}

/* What is pushed lies below where the stack pointer is before. */
static bool is_push(const ZydisDecodedOperand *operand)
{
    return operand->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN &&
           operand->mem.base == ZYDIS_REGISTER_RSP && writes(operand);
}

static struct access_memory memory_of(const ZydisDecodedInstruction *instruction,
                                      const ZydisDecodedOperand *operand)
{
    uint64_t size = operand->size / 8;

    return (struct access_memory){
        .base = register_of_address(operand->mem.base),
        .index = register_of_address(operand->mem.index),
        .scale = operand->mem.scale,
        .segment = operand->mem.segment == ZYDIS_REGISTER_FS   ? SEGMENT_FS
                   : operand->mem.segment == ZYDIS_REGISTER_GS ? SEGMENT_GS
                                                               : SEGMENT_FLAT,
        .size = (uint8_t)(size < UINT8_MAX ? size : UINT8_MAX),
        .reads = (operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0,
        .writes = writes(operand),
        .is_narrow = instruction->address_width == 32,
        .displacement = operand->mem.disp.value - (is_push(operand) ? (int64_t)size : 0),
    };
}

/* Registers of vectors are no addresses that a breakpoint could be compared with. */
static bool has_address(const ZydisDecodedOperand *operand)
{
    ZydisRegisterClass index = ZydisRegisterGetClass(operand->mem.index);

    return operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
           operand->mem.type == ZYDIS_MEMOP_TYPE_MEM && operand->size != 0 &&
           (operand->mem.index == ZYDIS_REGISTER_NONE || index == ZYDIS_REGCLASS_GPR64 ||
            index == ZYDIS_REGCLASS_GPR32);
}

void decode_access(const uint8_t *bytes, struct access *access)
{
    ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
    ZydisDecodedInstruction instruction;
    ZydisDecoder decoder;
    int memory = -1;

    access->kind = ACCESS_UNKNOWN;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    if (!ZYAN_SUCCESS(
            ZydisDecoderDecodeFull(&decoder, bytes, INSTRUCTION_MAX, &instruction, operand)))
        return;
    access->length = instruction.length;
    for (int n = 0; n < instruction.operand_count; n++) {
        access->to_memory = access->to_memory || writes(&operand[n]);
        if (has_address(&operand[n]) && access->memory_count < ACCESS_MEMORY_MAX)
            access->memory[access->memory_count++] = memory_of(&instruction, &operand[n]);
    }
    if (instruction.operand_count_visible != 2)
        return;
    for (int n = 0; n < 2; n++) {
        if (operand[n].type == ZYDIS_OPERAND_TYPE_MEMORY &&
            operand[n].mem.type == ZYDIS_MEMOP_TYPE_MEM)
            memory = n;
    }
    if (memory < 0 || !set_other_operand(&operand[1 - memory], access))
        return;
    access->width = (uint8_t)(operand[memory].size / 8);
    if (access->width != 1 && access->width != 2 && access->width != 4 && access->width != 8)
        return;
    access->sign_extend = instruction.mnemonic == ZYDIS_MNEMONIC_MOVSX ||
                          instruction.mnemonic == ZYDIS_MNEMONIC_MOVSXD;
    access->swapped = memory == 1;
    access->kind = (uint8_t)kind_of(instruction.mnemonic, memory == 0);
}

/* ------------------------------------------------------------------ what was written to */

static ZyanU64 *context_entry(ZydisRegisterContext *context, ZydisRegister reg)
{
    return &context->values[reg];
}

static void fill_context(ZydisRegisterContext *context, const struct user_regs *r)
{
    memset(context, 0, sizeof *context);
    *context_entry(context, ZYDIS_REGISTER_RAX) = r->rax;
    *context_entry(context, ZYDIS_REGISTER_RBX) = r->rbx;
    *context_entry(context, ZYDIS_REGISTER_RCX) = r->rcx;
    *context_entry(context, ZYDIS_REGISTER_RDX) = r->rdx;
    *context_entry(context, ZYDIS_REGISTER_RSI) = r->rsi;
    *context_entry(context, ZYDIS_REGISTER_RDI) = r->rdi;
    *context_entry(context, ZYDIS_REGISTER_RBP) = r->rbp;
    *context_entry(context, ZYDIS_REGISTER_RSP) = r->rsp;
    *context_entry(context, ZYDIS_REGISTER_R8) = r->r8;
    *context_entry(context, ZYDIS_REGISTER_R9) = r->r9;
    *context_entry(context, ZYDIS_REGISTER_R10) = r->r10;
    *context_entry(context, ZYDIS_REGISTER_R11) = r->r11;
    *context_entry(context, ZYDIS_REGISTER_R12) = r->r12;
    *context_entry(context, ZYDIS_REGISTER_R13) = r->r13;
    *context_entry(context, ZYDIS_REGISTER_R14) = r->r14;
    *context_entry(context, ZYDIS_REGISTER_R15) = r->r15;
    *context_entry(context, ZYDIS_REGISTER_EAX) = (uint32_t)r->rax;
    *context_entry(context, ZYDIS_REGISTER_ESI) = (uint32_t)r->rsi;
    *context_entry(context, ZYDIS_REGISTER_EDI) = (uint32_t)r->rdi;
}

/* The first byte that an operand in memory is about; false: it can't be told. */
static bool operand_start(const ZydisDecodedInstruction *instruction,
                          const ZydisDecodedOperand *operand, const struct user_regs *r,
                          uint64_t *start)
{
    ZydisRegisterContext context;

    fill_context(&context, r);
    if (!ZYAN_SUCCESS(ZydisCalcAbsoluteAddressEx(instruction, operand, r->rip, &context, start)))
        return false;
    if (operand->mem.segment == ZYDIS_REGISTER_FS)
        *start += r->fs_base;
    if (operand->mem.segment == ZYDIS_REGISTER_GS)
        *start += r->gs_base;
    if (is_push(operand))
        *start -= operand->size / 8;
    return true;
}

bool decode_writes_to(const uint8_t *bytes, const struct user_regs *regs, uint64_t address)
{
    ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
    ZydisDecodedInstruction instruction;
    ZydisDecoder decoder;
    bool any = false, untold = false;

    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    if (!ZYAN_SUCCESS(
            ZydisDecoderDecodeFull(&decoder, bytes, INSTRUCTION_MAX, &instruction, operand)))
        return false;
    for (int n = 0; n < instruction.operand_count; n++) {
        uint64_t start;

        if (!writes(&operand[n]))
            continue;
        if (!operand_start(&instruction, &operand[n], regs, &start))
            untold = true;
        else
            any = any || address - start < operand[n].size / 8;
    }
    return any || untold;
}

void decode_serve(struct machine *m)
{
    struct decode_request *request = &m->decode;

    if (request->state != DECODE_ASKED)
        return;
    memset(&request->result, 0, sizeof request->result);
    decode_access(request->bytes, &request->result);
    request->state = DECODE_ANSWERED;
    syscall(SYS_futex, &request->state, FUTEX_WAKE, 1, NULL, NULL, 0);
}
