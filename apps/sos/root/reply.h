/*
 * Receiving and answering: what differs between seL4 without MCS, where the right to answer is a
 * capability that is saved into a slot, and with it, where it is a reply object.
 */
#pragma once

#include "guest.h"

/* Badges: a process's id, with this bit when it faults; the devices' notification has others. */
#define BADGE_FAULT   (1ul << 40)
#define BADGE_DEVICES (1ul << 41)
#define BADGE_TIMER   (BADGE_DEVICES | 1)
#define BADGE_SERIAL  (BADGE_DEVICES | 2)
#define BADGE_NET     (BADGE_DEVICES | 4)
#define BADGE_SERVERS (BADGE_DEVICES | 8)

struct call;

void reply_init(void);

/* Waits for a message, after answering the last one with `result` if `answer` is set. */
seL4_MessageInfo_t reply_receive(seL4_CPtr endpoint, bool answer, long result, seL4_Word *badge);

/* The message that was received last is not answered now: `call` keeps the right to. */
void reply_keep(struct call *call);

/* Answers a call that was kept. */
void reply_send(struct call *call, long result);

/* Forgets a call that was kept, if it was. */
void reply_drop(struct call *call);
