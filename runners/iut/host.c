/* An interface of iut.h with its sessions by number. */
#include "host.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static bool complain(char why[IUT_WHY], const char *text)
{
    snprintf(why, IUT_WHY, "%s", text);
    return false;
}

/* Interfaces of older objects end before them. */
#define SIZE_WITHOUT_CONTAINERS offsetof(tgi_interface, open_container)

static bool has_containers(const tgi_interface *i)
{
    return i->size >= sizeof *i;
}

/* ---- what it is --------------------------------------------------------------------------------------------- */

bool iut_interface_usable(const tgi_interface *i, char why[IUT_WHY])
{
    if (i->version != TGI_VERSION) {
        snprintf(why, IUT_WHY, "its interface has version %u, not %u", (unsigned)i->version, TGI_VERSION);
        return false;
    }
    if (i->size < SIZE_WITHOUT_CONTAINERS) {
        snprintf(why, IUT_WHY, "its interface has %zu octets, not %zu; `size` is sizeof (tgi_interface)", i->size,
                 sizeof *i);
        return false;
    }
    if (!i->name || !i->name[0])
        return complain(why, "its interface has no name");
    iut_pool pool = { 0 };
    const char *const *roles = iut_words(&pool, i->roles), *const *can = iut_words(&pool, i->can);
    bool ok = roles && can ? true : complain(why, "no memory");
    for (size_t n = 0; ok && roles[n]; n++) {
        if (strcmp(roles[n], "initiator") != 0 && strcmp(roles[n], "responder") != 0 && strcmp(roles[n], "kms") != 0)
            ok = complain(why, "`roles` holds a word that is none of initiator, responder, kms");
        else if (!i->open || !i->receive)
            ok = complain(why, "it declares a role, and has no function `open` or `receive`");
        else if (strcmp(roles[n], "initiator") == 0 && !i->start)
            ok = complain(why, "it declares to be an initiator, and has no function `start`");
    }
    for (size_t n = 0; ok && can[n]; n++) {
        if ((strcmp(can[n], "decode") == 0 && !i->decode) || (strcmp(can[n], "check") == 0 && !i->check))
            ok = complain(why, "`can` says decode or check, and there is no such function");
        else if (strcmp(can[n], "smime") == 0 && (!has_containers(i) || !i->open_container || !i->make_container))
            ok = complain(why, "`can` says smime, and there is no function `open_container` or `make_container`");
    }
    iut_pool_free(&pool);
    return ok;
}

bool iut_interface_hello(const tgi_interface *i, iut_pool *pool, iut_hello *out)
{
    *out = (iut_hello){ .name = i->name, .release = i->release ? i->release : "" };
    const char *const *roles = iut_words(pool, i->roles);
    out->profiles = iut_words(pool, i->profiles);
    out->can = iut_words(pool, i->can);
    for (size_t n = 0; roles && roles[n]; n++) {
        for (unsigned role = TGI_INITIATOR; role <= TGI_KMS; role++)
            out->roles[role] |= strcmp(roles[n], iut_role_name((tgi_role)role)) == 0;
    }
    return roles && out->profiles && out->can;
}

/* ---- shared objects ----------------------------------------------------------------------------------------- */

const tgi_interface *iut_load(const char *path, void **handle, char why[IUT_WHY])
{
    char here[4096];
    if (!strchr(path, '/') && (size_t)snprintf(here, sizeof here, "./%s", path) < sizeof here)
        path = here; /* a file, and not something on the loader's own path */
    *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE); /* what it left behind may still point into it */
    if (!*handle) {
        const char *error = dlerror();
        complain(why, error ? error : "it cannot be loaded");
        return NULL;
    }
    const tgi_interface *interface = NULL;
    const tgi_interface *(*give)(void) = NULL;
    void *symbol = dlsym(*handle, "ticketgate_iut");
    memcpy(&give, &symbol, sizeof give); /* ISO C has no cast for that */
    if (!symbol)
        complain(why, "it exports no function ticketgate_iut");
    else if (!(interface = give()))
        complain(why, "ticketgate_iut returned NULL: it cannot work here");
    if (interface && iut_interface_usable(interface, why))
        return interface;
    iut_unload(*handle);
    *handle = NULL;
    return NULL;
}

void iut_unload(void *handle)
{
    if (handle)
        dlclose(handle);
}

/* ---- calls -------------------------------------------------------------------------------------------------- */

static bool unsupported(tgi_reply *reply, const char *text)
{
    reply->outcome = TGI_UNSUPPORTED;
    reply->text = text;
    return true;
}

static bool find_session(const iut_host *host, unsigned number, size_t *at)
{
    for (*at = 0; *at < host->num; (*at)++)
        if (host->sessions[*at].number == number)
            return true;
    return false;
}

static void close_session(iut_host *host, size_t at)
{
    void *session = host->sessions[at].session;
    host->sessions[at] = host->sessions[--host->num];
    if (host->interface->close)
        host->interface->close(session);
}

void iut_host_close_all(iut_host *host)
{
    while (host->num > 0)
        close_session(host, host->num - 1);
}

static bool octets_are_there(tgi_octets octets)
{
    return octets.len == 0 || octets.data;
}

/* What a caller may rely on, whoever filled it. */
static bool reply_is_sound(const tgi_reply *r, char why[IUT_WHY])
{
    if (r->outcome != TGI_ACCEPTED && r->outcome != TGI_REJECTED && r->outcome != TGI_UNSUPPORTED)
        return complain(why, "the outcome of its reply is none");
    if (r->num_messages > TGI_MAX_MESSAGES || r->num_keys > TGI_MAX_KEYS || (r->num_keys > 0 && !r->keys))
        return complain(why, "its reply has more messages or keys than it can have");
    bool sound = octets_are_there(r->reencoded) && octets_are_there(r->content) && octets_are_there(r->container);
    for (size_t i = 0; i < r->num_messages; i++) {
        if (r->messages[i].to < TGI_INITIATOR || r->messages[i].to > TGI_KMS)
            return complain(why, "a message of its reply is to nobody");
        sound = sound && octets_are_there(r->messages[i].octets);
    }
    for (size_t i = 0; i < r->num_keys; i++)
        sound = sound && octets_are_there(r->keys[i].tek) && octets_are_there(r->keys[i].salt);
    return sound ? true : complain(why, "its reply has octets at NULL");
}

static int open_session(iut_host *host, const iut_call *call, tgi_reply *reply)
{
    size_t at;
    if (!host->interface->open || host->num == IUT_MAX_SESSIONS || find_session(host, call->session, &at)) {
        unsupported(reply, !host->interface->open          ? "there is no function `open`"
                           : host->num == IUT_MAX_SESSIONS ? "too many sessions are open"
                                                           : "this session is open");
        return 0;
    }
    void *session = NULL;
    int failed = host->interface->open(call->open, &session, reply);
    if (!failed && reply->outcome == TGI_ACCEPTED) {
        host->sessions[host->num].number = call->session;
        host->sessions[host->num++].session = session;
    }
    return failed;
}

static int call_session(iut_host *host, const iut_call *call, tgi_reply *reply)
{
    const tgi_interface *i = host->interface;
    size_t at;
    bool known = find_session(host, call->session, &at);
    if (call->op == IUT_OP_CLOSE) {
        if (known)
            close_session(host, at);
        return 0;
    }
    if (!known || (call->op == IUT_OP_START ? !i->start : !i->receive)) {
        unsupported(reply, known ? "there is no such function" : "no such session is open");
        return 0;
    }
    if (call->op == IUT_OP_START)
        return i->start(host->sessions[at].session, call->what, call->update, call->with_response, call->now, reply);
    return i->receive(host->sessions[at].session, call->from, call->message, call->now, reply);
}

static int call_container(const iut_host *host, const iut_call *call, tgi_reply *reply)
{
    const tgi_interface *i = host->interface;
    bool opens = call->op == IUT_OP_OPEN_CONTAINER;
    if (!has_containers(i) || (opens ? !i->open_container : !i->make_container))
        return !unsupported(reply, opens ? "there is no function `open_container`" : "there is no function `make_container`");
    return opens ? i->open_container(call->container, call->keks, call->num_keks, reply)
                 : i->make_container(call->make, reply);
}

bool iut_host_call(iut_host *host, const iut_call *call, tgi_reply *reply, char why[IUT_WHY])
{
    const tgi_interface *i = host->interface;
    memset(reply, 0, sizeof *reply);
    reply->size = sizeof *reply;
    int failed = 0;
    switch (call->op) {
    case IUT_OP_DECODE:
        failed = i->decode ? i->decode(call->message, reply) : !unsupported(reply, "there is no function `decode`");
        break;
    case IUT_OP_CHECK:
        failed = i->check ? i->check(call->message, call->profile, call->exchange, call->from, reply)
                          : !unsupported(reply, "there is no function `check`");
        break;
    case IUT_OP_OPEN:
        failed = open_session(host, call, reply);
        break;
    case IUT_OP_OPEN_CONTAINER:
    case IUT_OP_MAKE_CONTAINER:
        failed = call_container(host, call, reply);
        break;
    default:
        failed = call_session(host, call, reply);
        break;
    }
    if (!failed)
        return reply_is_sound(reply, why);
    snprintf(why, IUT_WHY, "its function `%s` returned %d", iut_op_name(call->op), failed);
    return false;
}
