/* 16550 UART, see serial.h. Register numbers and bits: National Semiconductor PC16550D. */
#include "device/serial.h"

enum { REG_DATA, REG_IER, REG_IIR_FCR, REG_LCR, REG_MCR, REG_LSR, REG_MSR, REG_SCRATCH };

#define IER_RX       0x01
#define IER_TX       0x02
#define IIR_NONE     0x01
#define IIR_TX       0x02
#define IIR_RX       0x04
#define IIR_FIFO     0xc0
#define FCR_ENABLE   0x01
#define FCR_CLEAR_RX 0x02
#define LCR_DLAB     0x80
#define MCR_LOOP     0x10
#define LSR_DATA     0x01
#define LSR_EMPTY    0x60
#define LCR_LENGTH   0x03 /* data bits beyond 5 */
#define LCR_STOP     0x04 /* a second stop bit */
#define LCR_PARITY   0x08
#define MAX_RATE     115200
#define NS_PER_S     1000000000ull
#define MSR_READY    0xb0 /* DCD, DSR, CTS */

void serial_init(struct serial *s)
{
    s->divisor[0] = 1;
    s->line_control = LCR_LENGTH;
}

/* ------------------------------------------------------------------ the line */

static uint64_t byte_time(const struct serial *s)
{
    unsigned divisor = s->divisor[0] | (unsigned)s->divisor[1] << 8;
    unsigned bits = 1 + 5 + (s->line_control & LCR_LENGTH) + 1;

    bits += (s->line_control & LCR_STOP) != 0;
    bits += (s->line_control & LCR_PARITY) != 0;
    return bits * (divisor ? divisor : 1) * NS_PER_S / MAX_RATE;
}

static bool is_busy(const struct serial *s, uint64_t now)
{
    return s->sending && now < s->sent_at;
}

void serial_send(struct serial *s, uint64_t now)
{
    uint64_t byte = byte_time(s), fifo = (s->fifo_control & FCR_ENABLE) ? SERIAL_FIFO : 1;

    if (!s->paced)
        return;
    s->sent_at = (is_busy(s, now) ? s->sent_at : now) + byte;
    if (s->sent_at > now + fifo * byte)
        s->sent_at = now + fifo * byte;
    s->sending = true;
    s->polled = false;
}

uint64_t serial_deadline(const struct serial *s)
{
    return s->sending && (s->enable & IER_TX) ? s->sent_at : UINT64_MAX;
}

bool serial_is_awaited(const struct serial *s, unsigned reg, uint64_t now)
{
    return reg == REG_LSR && s->polled && is_busy(s, now);
}

/* ------------------------------------------------------------------ registers */

static uint8_t interrupt_cause(const struct serial *s)
{
    if ((s->enable & IER_RX) && s->rx_count > 0)
        return IIR_RX;
    if ((s->enable & IER_TX) && s->transmit_event)
        return IIR_TX;
    return IIR_NONE;
}

static void update_line(struct serial *s, struct interrupts *i)
{
    interrupts_set(i, PIN_SERIAL, interrupt_cause(s) != IIR_NONE);
}

static uint8_t take_received(struct serial *s)
{
    uint8_t byte;

    if (s->rx_count == 0)
        return 0;
    byte = s->rx[s->rx_head];
    s->rx_head = (uint8_t)((s->rx_head + 1) % SERIAL_FIFO);
    s->rx_count--;
    return byte;
}

static uint8_t read_identification(struct serial *s)
{
    uint8_t cause = interrupt_cause(s);

    if (cause == IIR_TX)
        s->transmit_event = false;
    return cause | ((s->fifo_control & FCR_ENABLE) ? IIR_FIFO : 0);
}

void serial_advance(struct serial *s, struct interrupts *i, uint64_t now)
{
    if (!s->sending || now < s->sent_at)
        return;
    s->sending = false;
    s->transmit_event = true;
    update_line(s, i);
}

static uint8_t read_line_status(struct serial *s, uint64_t now)
{
    bool busy = is_busy(s, now);

    s->polled = busy;
    return (busy ? 0 : LSR_EMPTY) | (s->rx_count > 0 ? LSR_DATA : 0);
}

uint8_t serial_read(struct serial *s, struct interrupts *i, unsigned reg, uint64_t now)
{
    bool dlab = s->line_control & LCR_DLAB;
    uint8_t value = 0;

    switch (reg) {
    case REG_DATA:
        value = dlab ? s->divisor[0] : take_received(s);
        break;
    case REG_IER:
        value = dlab ? s->divisor[1] : s->enable;
        break;
    case REG_IIR_FCR:
        value = read_identification(s);
        break;
    case REG_LCR:
        value = s->line_control;
        break;
    case REG_MCR:
        value = s->modem_control;
        break;
    case REG_LSR:
        value = read_line_status(s, now);
        break;
    case REG_MSR:
        value = MSR_READY;
        break;
    case REG_SCRATCH:
        value = s->scratch;
        break;
    }
    update_line(s, i);
    return value;
}

static void transmit(struct serial *s, struct interrupts *i, uint8_t byte, uint64_t now)
{
    serial_send(s, now);
    s->transmit_event = !s->sending;
    if (s->modem_control & MCR_LOOP) {
        serial_receive(s, i, byte);
        return;
    }
    s->tx = byte;
    s->tx_valid = true;
}

void serial_write(struct serial *s, struct interrupts *i, unsigned reg, uint8_t value, uint64_t now)
{
    bool dlab = s->line_control & LCR_DLAB;

    switch (reg) {
    case REG_DATA:
        if (dlab)
            s->divisor[0] = value;
        else
            transmit(s, i, value, now);
        break;
    case REG_IER:
        if (dlab) {
            s->divisor[1] = value;
        } else {
            /* Enabling the transmit interrupt while the transmitter is empty raises it at once. */
            if ((value & IER_TX) && !(s->enable & IER_TX) && !is_busy(s, now))
                s->transmit_event = true;
            s->enable = value & 0x0f;
        }
        break;
    case REG_IIR_FCR:
        s->fifo_control = value;
        if (value & FCR_CLEAR_RX)
            s->rx_count = 0;
        break;
    case REG_LCR:
        s->line_control = value;
        break;
    case REG_MCR:
        s->modem_control = value & 0x1f;
        break;
    case REG_SCRATCH:
        s->scratch = value;
        break;
    }
    update_line(s, i);
}

bool serial_receive(struct serial *s, struct interrupts *i, uint8_t byte)
{
    if (s->rx_count == SERIAL_FIFO)
        return false;
    s->rx[(s->rx_head + s->rx_count) % SERIAL_FIFO] = byte;
    s->rx_count++;
    update_line(s, i);
    return true;
}

bool serial_take_output(struct serial *s, char *byte)
{
    if (!s->tx_valid)
        return false;
    *byte = (char)s->tx;
    s->tx_valid = false;
    return true;
}
