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
    for (int n = 0; n < instruction.operand_count; n++)
        access->to_memory = access->to_memory || writes(&operand[n]);
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
