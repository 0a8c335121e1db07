/* The loop of a server, see server.h. With and without MCS differ in where the right to answer is
 * kept: a reply object, or a capability that is saved into a slot. */
#include "server.h"

static const struct server *server;
static struct session sessions[SERVER_SESSIONS];
static unsigned long arrivals;
static bool woken;
static bool started; /* else there is nothing to work with, and all is refused */
static bool failed;

/* -------------------------------------------------------------- answering */

#ifdef CONFIG_KERNEL_MCS

static seL4_CPtr idle[SERVER_SESSIONS]; /* reply objects: one more than sessions can keep */
static unsigned int idle_count;
static seL4_CPtr current;

static void replies_init(void)
{
    for (idle_count = 0; idle_count + 1 < SERVER_SESSIONS; idle_count++)
        idle[idle_count] = SERVER_REPLIES + 1 + idle_count;
    current = SERVER_REPLIES;
}

static void keep(struct session *session)
{
    session->reply = current;
    current = idle[--idle_count];
}

static void drop(struct session *session)
{
    if (session->reply)
        idle[idle_count++] = session->reply;
    session->reply = 0;
}

static seL4_MessageInfo_t receive(seL4_Word *badge)
{
    return seL4_Recv(SERVER_ENDPOINT, badge, current);
}

static seL4_MessageInfo_t answer_and_receive(seL4_MessageInfo_t answer, seL4_Word *badge)
{
    return seL4_ReplyRecv(SERVER_ENDPOINT, answer, badge, current);
}

#else

static void replies_init(void)
{
}

static void keep(struct session *session)
{
    session->reply = SERVER_REPLIES + session->number;
    must("keep a reply", seL4_CNode_SaveCaller(SERVER_CNODE, session->reply, CHILD_RADIX));
}

static void drop(struct session *session)
{
    if (session->reply)
        must("drop a reply", seL4_CNode_Delete(SERVER_CNODE, session->reply, CHILD_RADIX));
    session->reply = 0;
}

static seL4_MessageInfo_t receive(seL4_Word *badge)
{
    return seL4_Recv(SERVER_ENDPOINT, badge);
}

static seL4_MessageInfo_t answer_and_receive(seL4_MessageInfo_t answer, seL4_Word *badge)
{
    return seL4_ReplyRecv(SERVER_ENDPOINT, answer, badge);
}

#endif

/* Puts an answer into the message registers. */
static seL4_MessageInfo_t answer_of(const struct request *request, long result)
{
    seL4_SetMR(0, (seL4_Word)result);
    for (unsigned int i = 0; i < request->answers; i++)
        seL4_SetMR((int)i + 1, request->answer[i]);
    if (request->cap)
        seL4_SetCap(0, request->cap);
    return seL4_MessageInfo_new(0, 0, request->cap ? 1 : 0, 1 + request->answers);
}

/* -------------------------------------------------------------- requests */

struct session *server_session(seL4_Word number)
{
    return number < SERVER_SESSIONS && sessions[number].number ? &sessions[number] : NULL;
}

bool server_range(struct session *session, seL4_Word offset, seL4_Word length,
                  struct sel4ux_host_buffer *range)
{
    if (offset > session->bytes || length > session->bytes - offset)
        return false;
    *range = (struct sel4ux_host_buffer){session->frame, offset, length};
    return true;
}

char *server_buffer(struct session *session, seL4_Word offset, seL4_Word length)
{
    struct sel4ux_host_buffer range;

    return server_range(session, offset, length, &range) ? session->buffer + offset : NULL;
}

void server_wake(void)
{
    woken = true;
}

static long handle(struct session *session, struct request *request)
{
    seL4_Word index = request->label - SERVER_FIRST;

    if (!started)
        return failed ? -SERVER_IO : -SERVER_NOT_SUPPORTED;
    if (index >= server->handler_count || !server->handlers[index])
        return -SERVER_BAD_OPERATION;
    request->answers = 0;
    request->cap = 0;
    return server->handlers[index](session, request);
}

static void take_request(struct request *request, seL4_MessageInfo_t message)
{
    seL4_Word length = seL4_MessageInfo_get_length(message);

    *request = (struct request){.label = seL4_MessageInfo_get_label(message)};
    for (unsigned int i = 0; i < SERVER_WORDS && i < length; i++)
        request->words[i] = seL4_GetMR((int)i);
}

/* The session's request that waits longest of those that came after `arrival`; NULL: none. */
static struct session *next_waiting(unsigned long arrival)
{
    struct session *next = NULL;

    for (struct session *s = sessions; s < sessions + SERVER_SESSIONS; s++) {
        if (s->reply && s->arrival > arrival && (!next || s->arrival < next->arrival))
            next = s;
    }
    return next;
}

static void serve_woken(void)
{
    while (woken) {
        struct session *s = next_waiting(0);

        woken = false;
        for (; s; s = next_waiting(s->arrival)) {
            long result = handle(s, &s->request);

            if (result == SERVER_LATER)
                continue;
            seL4_Send(s->reply, answer_of(&s->request, result));
            drop(s);
        }
    }
}

/* -------------------------------------------------------------- the manager's */

static long open_session(const seL4_Word *words)
{
    struct session *session = &sessions[words[0] % SERVER_SESSIONS];
    long error = 0;

    if (words[0] == 0 || words[0] >= SERVER_SESSIONS || session->number ||
        words[1] > SERVER_BUFFER_MAX)
        return -SERVER_BAD_ARGUMENT;
    *session = (struct session){
        .number = (unsigned int)words[0],
        .buffer = server_buffer_address(words[0], words[1]),
        .frame = SERVER_BUFFERS + words[0],
        .bytes = words[1],
        .word = words[2],
    };
    if (server->open)
        error = server->open(session);
    if (error)
        session->number = 0;
    return error;
}

static long close_session(const seL4_Word *words)
{
    struct session *session = server_session(words[0]);

    if (!session)
        return -SERVER_BAD_ARGUMENT;
    drop(session);
    if (server->close)
        server->close(session);
    session->number = 0;
    server_wake(); /* what it held may be what another waits for */
    return 0;
}

static long count(struct request *request)
{
    for (struct session *s = sessions; s < sessions + SERVER_SESSIONS; s++) {
        request->answer[0] += s->number != 0;
        request->answer[1] += s->reply != 0;
    }
    request->answer[2] = server->count ? server->count() : 0;
    request->answers = 3;
    return 0;
}

static long start(const seL4_Word *words)
{
    long error = server->start(words);

    started = error == 0;
    return error;
}

static long handle_manager(struct request *request)
{
    switch (request->label) {
    case SERVER_START:
        return start(request->words);
    case SERVER_OPEN:
        return open_session(request->words);
    case SERVER_CLOSE:
        return close_session(request->words);
    case SERVER_COUNT:
        return count(request);
    default:
        return -SERVER_BAD_OPERATION;
    }
}

/* -------------------------------------------------------------- the loop */

/* False: there is nothing to answer now. */
static bool serve(seL4_Word badge, seL4_MessageInfo_t message, struct request *request,
                  long *result)
{
    struct session *session = server_session(badge);

    take_request(request, message);
    if (badge == SERVER_MANAGER) {
        *result = handle_manager(request);
        return true;
    }
    *result = -SERVER_BAD_OPERATION;
    if (!session)
        return true;
    *result = -SERVER_BUSY; /* one request of a session may wait, whoever shares it */
    if (session->reply)
        return true;
    *result = handle(session, request);
    if (*result != SERVER_LATER)
        return true;
    keep(session);
    session->request = *request;
    session->arrival = ++arrivals;
    return false;
}

static void begin(const struct server *of)
{
    static const struct server nothing;

    failed = server != NULL;
    started = false;
    server = failed ? &nothing : of;
    if (failed)
        server_wake(); /* who waits is refused, too */
    else
        replies_init();
}

void server_run(const struct server *of)
{
    static struct request request;
    seL4_MessageInfo_t message;
    seL4_Word badge;
    bool answer;
    long result = -SERVER_IO;

    begin(of);
    answer = failed; /* to whom it was at work for */
    request = (struct request){0};
    serve_woken();
    for (;;) {
        message =
            answer ? answer_and_receive(answer_of(&request, result), &badge) : receive(&badge);
        answer = false;
        if (!(badge & SERVER_EVENT))
            answer = serve(badge, message, &request, &result);
        else if (server->event)
            server->event(badge & ~SERVER_EVENT);
        if (server->settle)
            server->settle();
        serve_woken();
    }
}
