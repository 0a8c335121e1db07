/*
 * Perfetto's trace format, as far as it is used here: field numbers of its protocol buffers, and
 * what this project's traces consist of: track numbers, categories, names of arguments. Writer and
 * reader agree on nothing else.
 */
#ifndef SEL4UX_TRACE_PERFETTO_H
#define SEL4UX_TRACE_PERFETTO_H

enum { TRACE_PACKET = 1 };

enum packet_field {
    PACKET_TIMESTAMP = 8,
    PACKET_SEQUENCE = 10,
    PACKET_TRACK_EVENT = 11,
    PACKET_INTERNED = 12,
    PACKET_FLAGS = 13,
    PACKET_TRACK_DESCRIPTOR = 60,
    PACKET_FIRST = 87,
};

enum packet_flag { FLAG_STATE_CLEARED = 1, FLAG_NEEDS_STATE = 2 };

enum descriptor_field {
    DESCRIPTOR_UUID = 1,
    DESCRIPTOR_NAME = 2,
    DESCRIPTOR_PROCESS = 3,
    DESCRIPTOR_THREAD = 4,
    DESCRIPTOR_PARENT = 5,
    DESCRIPTOR_COUNTER = 8,
};

enum { PROCESS_PID = 1, PROCESS_NAME = 6 };
enum { THREAD_PID = 1, THREAD_TID = 2, THREAD_NAME = 5 };
enum { COUNTER_UNIT = 3, COUNTER_UNIT_BYTES = 3 };

enum event_field {
    TRACK_EVENT_CATEGORY = 3,
    TRACK_EVENT_ARGUMENT = 4,
    TRACK_EVENT_TYPE = 9,
    TRACK_EVENT_NAME = 10,
    TRACK_EVENT_TRACK = 11,
    TRACK_EVENT_COUNTER = 30,
    TRACK_EVENT_FLOW = 47,
    TRACK_EVENT_FLOW_END = 48,
};

enum track_event_type { TYPE_BEGIN = 1, TYPE_END = 2, TYPE_INSTANT = 3, TYPE_COUNTER = 4 };

enum { ARGUMENT_NAME = 1, ARGUMENT_UINT = 3, ARGUMENT_TEXT = 17 };

enum interned_field {
    INTERNED_CATEGORY = 1,
    INTERNED_NAME = 2,
    INTERNED_ARGUMENT = 3,
    INTERNED_TEXT = 29,
};
enum { ENTRY_IID = 1, ENTRY_TEXT = 2 };

/* ------------------------------------------------------------------ this project's */

/* uuids of tracks; those of processes and threads follow. */
enum { TRACK_KERNEL = 1, TRACK_CPU, TRACK_INTERRUPTS, TRACK_OUTPUT, TRACK_FIRST_FREE = 8 };

/* X(identifier, text): categories, and arguments of events. iids are positions, from 1 on. */
#define TRACE_CATEGORIES(X)                                                                        \
    X(CATEGORY_SYSCALL, "syscall")                                                                 \
    X(CATEGORY_INVOCATION, "invocation")                                                           \
    X(CATEGORY_IPC, "ipc")                                                                         \
    X(CATEGORY_SIGNAL, "signal")                                                                   \
    X(CATEGORY_FAULT, "fault")                                                                     \
    X(CATEGORY_INTERRUPT, "interrupt")                                                             \
    X(CATEGORY_MEMORY, "memory")                                                                   \
    X(CATEGORY_CPU, "cpu")

#define TRACE_ARGUMENTS(X)                                                                         \
    X(ARG_CAP, "cap")                                                                              \
    X(ARG_LABEL, "label")                                                                          \
    X(ARG_LENGTH, "length")                                                                        \
    X(ARG_CAPS, "caps")                                                                            \
    X(ARG_BADGE, "badge")                                                                          \
    X(ARG_FROM, "from")                                                                            \
    X(ARG_ENDPOINT, "endpoint")                                                                    \
    X(ARG_NOTIFICATION, "notification")                                                            \
    X(ARG_ADDRESS, "address")                                                                      \
    X(ARG_NUMBER, "number")                                                                        \
    X(ARG_CODE, "code")                                                                            \
    X(ARG_FRAME, "frame")                                                                          \
    X(ARG_VSPACE, "vspace")                                                                        \
    X(ARG_SIZE, "size")                                                                            \
    X(ARG_COUNT, "count")

#define TRACE_ID(id, text) id,
enum trace_category { CATEGORY_NONE, TRACE_CATEGORIES(TRACE_ID) CATEGORY_COUNT };
enum trace_argument { ARG_NONE, TRACE_ARGUMENTS(TRACE_ID) ARG_ALL };
#undef TRACE_ID

#endif
