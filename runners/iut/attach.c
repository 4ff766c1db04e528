/* An implementation under test, however it is attached. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach_private.h"

enum { MAX_FAILED_STARTS = 3 };

const char *iut_fault_name(iut_fault fault)
{
    static const char *const names[] = { "ok", "timeout", "died", "garbage", "too-much", "broken-call", "gone",
                                          "interrupted" };
    return (unsigned)fault < sizeof names / sizeof *names ? names[fault] : "";
}

/* ---- a process ---------------------------------------------------------------------------------------------- */

static iut_fault broke_down(iut *u, iut_fault fault)
{
    iut_process_end(u->process, NULL);
    u->process = NULL;
    u->first_session = u->next_session;
    iut_host_close_all(&u->host);
    iut_tail_text(&u->tail, u->words);
    return fault;
}

/* A line there and back; the answer is still to be read. */
static iut_fault exchange(iut *u, iut_call *call, const char **answer, size_t *len)
{
    call->id = ++u->next_id;
    char *line = iut_call_write(call);
    if (!line) {
        snprintf(u->why, IUT_WHY, "the call cannot be written: no memory, or no role");
        return broke_down(u, IUT_GONE);
    }
    iut_fault fault = iut_process_exchange(u->process, line, answer, len, u->why);
    free(line);
    return fault == IUT_OK ? IUT_OK : broke_down(u, fault);
}

/* `why` says what is wrong with its line. */
static iut_fault not_an_answer(iut *u, const iut_call *call)
{
    char cause[IUT_WHY];
    memcpy(cause, u->why, sizeof cause);
    snprintf(u->why, IUT_WHY, "its answer to %s: %.220s", iut_op_name(call->op), cause);
    return broke_down(u, IUT_GARBAGE);
}

static iut_fault say_hello(iut *u, iut_pool *pool, iut_hello *hello)
{
    iut_call call = { .op = IUT_OP_HELLO };
    const char *answer;
    size_t len;
    iut_fault fault = exchange(u, &call, &answer, &len);
    if (fault == IUT_OK && !(iut_hello_read(answer, len, call.id, pool, hello, u->why) &&
                             iut_hello_clean(pool, hello, u->why)))
        fault = not_an_answer(u, &call);
    return fault;
}

static bool same_words(const char *const *a, const char *const *b)
{
    size_t i = 0;
    while (a[i] && b[i] && strcmp(a[i], b[i]) == 0)
        i++;
    return !a[i] && !b[i];
}

static bool same_hello(const iut_hello *a, const iut_hello *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->release ? a->release : "", b->release ? b->release : "") == 0 &&
           memcmp(a->roles, b->roles, sizeof a->roles) == 0 && same_words(a->profiles, b->profiles) &&
           same_words(a->can, b->can);
}

static bool start_process(iut *u)
{
    u->tail.total = 0;
    u->process = iut_process_start(u->argv, &u->limits, &u->tail, u->why);
    return u->process != NULL;
}

/* After a breakdown. */
static iut_fault start_again(iut *u)
{
    if (u->restarts == u->max_restarts || u->failed_starts == MAX_FAILED_STARTS) {
        snprintf(u->why, IUT_WHY,
                 u->restarts == u->max_restarts ? "it was started again %u times, which is the most"
                                                : "it failed to start again %u times in a row",
                 u->restarts == u->max_restarts ? u->restarts : u->failed_starts);
        return IUT_GONE;
    }
    u->restarts++;
    u->failed_starts++;
    iut_pool pool = { 0 };
    iut_hello hello;
    iut_fault fault = start_process(u) ? say_hello(u, &pool, &hello) : IUT_GONE;
    if (fault == IUT_INTERRUPTED) {
        /* not its fault */
    } else if (fault != IUT_OK) {
        char cause[IUT_WHY];
        memcpy(cause, u->why, sizeof cause);
        snprintf(u->why, IUT_WHY, "it does not start again: %.200s", cause);
        fault = IUT_GONE;
    } else if (!same_hello(&hello, &u->hello)) {
        snprintf(u->why, IUT_WHY, "started again, it declares something else than before");
        fault = broke_down(u, IUT_GARBAGE);
    } else {
        u->failed_starts = 0;
    }
    iut_pool_free(&pool);
    return fault;
}

static iut_fault call_process(iut *u, iut_call *call, tgi_reply *reply)
{
    iut_fault fault = u->process ? IUT_OK : start_again(u);
    const char *answer;
    size_t len;
    if (fault == IUT_OK)
        fault = exchange(u, call, &answer, &len);
    if (fault != IUT_OK)
        return fault;
    if (!iut_reply_read(answer, len, call->id, &u->replies, reply, u->why))
        return not_an_answer(u, call);
    if (reply->outcome != IUT_OUTCOME_BROKEN)
        return IUT_OK;
    iut_text_copy(u->why, IUT_WHY, reply->text ? reply->text : "it says that it broke down");
    return broke_down(u, IUT_BROKEN_CALL);
}

/* ---- any call ----------------------------------------------------------------------------------------------- */

static iut_fault call_direct(iut *u, const iut_call *call, tgi_reply *reply)
{
    if (iut_host_call(&u->host, call, reply, u->why))
        return IUT_OK;
    u->restarts++; /* it begins anew, without sessions */
    return broke_down(u, IUT_BROKEN_CALL);
}

static iut_fault make_call(iut *u, iut_call *call, tgi_reply *reply)
{
    iut_pool_free(&u->replies);
    u->why[0] = u->words[0] = 0;
    memset(reply, 0, sizeof *reply);
    bool in_session = call->op >= IUT_OP_START && call->op <= IUT_OP_CLOSE;
    iut_fault fault;
    if (in_session && call->session < u->first_session) {
        snprintf(u->why, IUT_WHY, "the session was lost when it broke down");
        fault = call->op == IUT_OP_CLOSE ? IUT_OK : IUT_DIED;
    } else if ((fault = iut_bounds_before(u)) == IUT_OK) {
        fault = u->kind == KIND_PROCESS  ? call_process(u, call, reply)
                : u->kind == KIND_DIRECT ? call_direct(u, call, reply)
                                         : iut_live_call(&u->live, call, &u->replies, reply, u->why);
        iut_bounds_after(u, fault);
    }
    if (fault == IUT_OK && !iut_reply_clean(&u->replies, reply)) {
        snprintf(u->why, IUT_WHY, "no memory");
        fault = IUT_GONE;
    }
    if (fault != IUT_OK)
        memset(reply, 0, sizeof *reply);
    else
        u->why[0] = 0;
    reply->size = sizeof *reply;
    reply->error = iut_error_map_find(u->errors, reply->error);
    return fault;
}

iut_fault iut_decode(iut *u, tgi_octets message, tgi_reply *reply)
{
    return make_call(u, &(iut_call){ .op = IUT_OP_DECODE, .message = message }, reply);
}

iut_fault iut_check(iut *u, tgi_octets message, const char *profile, const char *exchange_name, tgi_role from,
                    tgi_reply *reply)
{
    iut_call call = {
        .op = IUT_OP_CHECK, .message = message, .profile = profile, .exchange = exchange_name, .from = from
    };
    return make_call(u, &call, reply);
}

iut_fault iut_open(iut *u, const tgi_open *what, unsigned *session, tgi_reply *reply)
{
    tgi_open copy = *what;
    copy.size = sizeof copy;
    *session = u->next_session++;
    return make_call(u, &(iut_call){ .op = IUT_OP_OPEN, .session = *session, .open = &copy }, reply);
}

iut_fault iut_start(iut *u, unsigned session, const char *what, const tgi_transfer *update, bool with_response,
                    uint64_t now, tgi_reply *reply)
{
    iut_call call = { .op = IUT_OP_START,
                      .session = session,
                      .what = what,
                      .update = update,
                      .with_response = with_response,
                      .now = now };
    return make_call(u, &call, reply);
}

iut_fault iut_receive(iut *u, unsigned session, tgi_role from, tgi_octets message, uint64_t now, tgi_reply *reply)
{
    iut_call call = { .op = IUT_OP_RECEIVE, .session = session, .from = from, .message = message, .now = now };
    return make_call(u, &call, reply);
}

iut_fault iut_close(iut *u, unsigned session)
{
    tgi_reply reply;
    return make_call(u, &(iut_call){ .op = IUT_OP_CLOSE, .session = session }, &reply);
}

iut_fault iut_open_container(iut *u, tgi_octets container, const tgi_kek *keys, size_t num_keys, tgi_reply *reply)
{
    iut_call call = { .op = IUT_OP_OPEN_CONTAINER, .container = container, .keks = keys, .num_keks = num_keys };
    return make_call(u, &call, reply);
}

iut_fault iut_make_container(iut *u, const tgi_container *what, tgi_reply *reply)
{
    tgi_container copy = *what;
    copy.size = sizeof copy;
    return make_call(u, &(iut_call){ .op = IUT_OP_MAKE_CONTAINER, .make = &copy }, reply);
}

/* ---- what is known of it ------------------------------------------------------------------------------------ */

const iut_declaration *iut_declares(const iut *u)
{
    return &u->declares;
}

static bool holds(const char *const *words, const char *word)
{
    for (; *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

bool iut_can(const iut *u, const char *word)
{
    return holds(u->declares.can, word);
}

bool iut_has_profile(const iut *u, const char *profile)
{
    return holds(u->declares.profiles, profile) || holds(u->declares.profiles, "*");
}

const char *iut_fault_text(const iut *u)
{
    return u->why;
}

const char *iut_last_words(const iut *u)
{
    return u->words;
}

unsigned iut_restarts(const iut *u)
{
    return u->restarts;
}

/* ---- beginning and end -------------------------------------------------------------------------------------- */

static bool is_shared_object(const char *target)
{
    size_t len = strlen(target);
    return len > 3 && strcmp(target + len - 3, ".so") == 0 && !strpbrk(target, " \t\r\n'\"");
}

/* A list of arguments in one piece, as iut_command_split gives it. */
static char **arguments(const char *program, const char *option, const char *value)
{
    const char *given[] = { program, "iut", option, value };
    size_t num = option ? 4 : 2, len = 0;
    for (size_t i = 0; i < num; i++)
        len += strlen(given[i]) + 1;
    char **argv = calloc(1, (num + 1) * sizeof *argv + len);
    char *text = argv ? (char *)(argv + num + 1) : NULL;
    for (size_t i = 0; argv && i < num; i++) {
        argv[i] = text;
        text = stpcpy(text, given[i]) + 1;
    }
    return argv;
}

static bool attach_direct(iut *u, const iut_options *o)
{
    u->kind = KIND_DIRECT;
    if (o->target && !(u->guarded = iut_bounds_guard_exit())) {
        snprintf(u->why, IUT_WHY, "no memory");
        return false;
    }
    u->host.interface = o->target ? iut_load(o->target, &u->handle, u->why) : iut_reference(o->mutant);
    if (!u->host.interface || (!o->target && !iut_interface_usable(u->host.interface, u->why)))
        return false;
    return iut_interface_hello(u->host.interface, &u->declared, &u->hello) &&
           iut_hello_clean(&u->declared, &u->hello, u->why);
}

static bool attach_live(iut *u, const iut_options *o)
{
    u->kind = KIND_LIVE;
    if (!iut_live_set(&u->live, &u->declared, o->target, o->live) || !(u->live.http = iut_http_new())) {
        snprintf(u->why, IUT_WHY, "no memory");
        return false;
    }
    u->live.timeout_ms = u->limits.timeout_ms;
    u->live.max_answer = u->limits.max_answer;
    u->live.interrupted = o->interrupted;
    u->live.interrupted_user = o->interrupted_user;
    return iut_live_hello(&u->live, &u->declared, &u->hello, u->why);
}

static bool is_mutant(const char *name)
{
    size_t num;
    const iut_mutant *mutants = iut_mutants(&num);
    for (size_t i = 0; i < num; i++)
        if (strcmp(mutants[i].name, name) == 0)
            return true;
    return false;
}

static bool attach_process(iut *u, const iut_options *o)
{
    const char *program = o->program ? o->program : "/proc/self/exe";
    u->kind = KIND_PROCESS;
    if (!o->target)
        u->argv = arguments(program, o->mutant ? "--mutant" : NULL, o->mutant);
    else if (is_shared_object(o->target))
        u->argv = arguments(program, "--host", o->target);
    else if (!(u->argv = iut_command_split(o->target, u->why)))
        return false;
    if (!u->argv)
        snprintf(u->why, IUT_WHY, "no memory");
    return u->argv && start_process(u) && say_hello(u, &u->declared, &u->hello) == IUT_OK;
}

static bool attach(iut *u, const iut_options *o)
{
    bool is_url = o->target && iut_http_is_url(o->target);
    bool is_process = o->target && !is_url && !is_shared_object(o->target);
    u->limits = (iut_process_limits){ .timeout_ms = o->timeout_ms ? o->timeout_ms : 5000,
                                      .max_answer = o->max_answer ? o->max_answer : (size_t)1 << 20,
                                      .max_memory = o->max_memory,
                                      .interrupted = o->interrupted,
                                      .interrupted_user = o->interrupted_user };
    u->max_restarts = o->max_restarts ? o->max_restarts : 100;
    u->max_timeouts = o->max_timeouts ? o->max_timeouts : 25;
    u->next_session = u->first_session = 1;
    if ((o->mutant && o->target) || (o->in_process && (is_url || is_process))) {
        snprintf(u->why, IUT_WHY,
                 o->mutant ? "mutants are of the bundled reference alone"
                           : "only the bundled reference and shared objects can be called directly");
        return false;
    }
    if (o->mutant && !is_mutant(o->mutant)) {
        snprintf(u->why, IUT_WHY, "there is no mutant \"%.60s\"", o->mutant);
        return false;
    }
    if (o->error_map && !iut_error_map_read(o->error_map, &u->errors, u->why))
        return false;
    return is_url ? attach_live(u, o) : o->in_process ? attach_direct(u, o) : attach_process(u, o);
}

iut *iut_attach(const iut_options *options, const char **reason)
{
    static char text[2 * IUT_WHY + IUT_TAIL];
    iut *u = calloc(1, sizeof *u);
    if (u && attach(u, options)) {
        u->declares = (iut_declaration){ .name = u->hello.name,
                                         .release = u->hello.release ? u->hello.release : "",
                                         .profiles = u->hello.profiles,
                                         .can = u->hello.can };
        memcpy(u->declares.roles, u->hello.roles, sizeof u->declares.roles);
        u->why[0] = u->words[0] = 0;
        return u;
    }
    snprintf(text, sizeof text, "%s%s%s",
             !u          ? "no memory"
             : u->why[0] ? u->why
                         : "no memory",
             u && u->words[0] ? ": " : "", u ? u->words : "");
    for (size_t len = strlen(text); len > 0 && text[len - 1] == '\n'; len--)
        text[len - 1] = 0;
    *reason = text;
    iut_detach(u);
    return NULL;
}

void iut_detach(iut *u)
{
    if (!u)
        return;
    char *bye = u->process ? iut_call_write(&(iut_call){ .id = ++u->next_id, .op = IUT_OP_BYE }) : NULL;
    iut_process_end(u->process, bye);
    free(bye);
    iut_host_close_all(&u->host);
    iut_unload(u->handle);
    if (u->guarded)
        iut_bounds_release_exit();
    iut_http_free(u->live.http);
    iut_error_map_free(u->errors);
    iut_pool_free(&u->declared);
    iut_pool_free(&u->replies);
    free(u->argv);
    free(u);
}
