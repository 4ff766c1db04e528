/* Calls and answers: which members their lines have. */
#include <stdio.h>
#include <string.h>

#include "json_describe.h"

enum { MAX_WORDS = 256, MAX_KEKS = 256 };

/* ---- calls -------------------------------------------------------------------------------------------------- */

static const char *const op_names[IUT_NUM_OPS] = { "hello", "decode",  "check", "open",
                                                   "start", "receive", "close", "bye",
                                                   "open_container", "make_container" };

const char *iut_op_name(iut_op op)
{
    return op < IUT_NUM_OPS ? op_names[op] : "";
}

static void describe_start(fields *f, iut_call *call)
{
    field_text(f, "what", &call->what);
    field_time(f, "now", &call->now);
    json_t *outer;
    if (fields_enter(f, "update", call->update != NULL, &outer)) {
        tgi_transfer *update = f->writing ? NULL : iut_pool_get(f->pool, sizeof *update);
        tgi_transfer copy = { 0 };
        if (f->writing)
            copy = *call->update;
        else if (!update)
            fields_fail(f, "it needs too much memory");
        describe_transfer(f, &copy);
        if (update) {
            *update = copy;
            call->update = update;
        }
        fields_leave(f, outer);
    }
    field_flag(f, "with_response", &call->with_response);
    if (!call->what)
        fields_fail(f, "what is missing");
}

static void describe_open_call(fields *f, iut_call *call)
{
    tgi_open *open = f->writing ? NULL : iut_pool_get(f->pool, sizeof *open);
    tgi_open copy = { 0 };
    if (f->writing)
        copy = *call->open;
    else if (!open)
        fields_fail(f, "it needs too much memory");
    describe_open(f, &copy);
    if (open) {
        *open = copy;
        call->open = open;
    }
}

static void describe_kek(fields *f, void *item)
{
    tgi_kek *key = item;
    field_octets(f, "id", &key->id);
    field_octets(f, "kek", &key->kek);
}

static void describe_open_container(fields *f, iut_call *call)
{
    field_octets(f, "container", &call->container);
    call->keks = field_array(f, "keys", call->keks, &call->num_keks, sizeof *call->keks, MAX_KEKS, describe_kek);
}

static void describe_make_container(fields *f, iut_call *call)
{
    tgi_container *make = f->writing ? NULL : iut_pool_get(f->pool, sizeof *make);
    tgi_container copy = { .size = sizeof copy };
    if (f->writing)
        copy = *call->make;
    else if (!make)
        fields_fail(f, "it needs too much memory");
    field_octets(f, "content", &copy.content);
    copy.keys = field_array(f, "keys", copy.keys, &copy.num_keys, sizeof *copy.keys, MAX_KEKS, describe_kek);
    field_text(f, "algorithm", &copy.algorithm);
    field_u8(f, "tag_len", &copy.tag_len);
    if (!copy.algorithm)
        fields_fail(f, "algorithm is missing");
    if (make) {
        *make = copy;
        call->make = make;
    }
}

void describe_call(fields *f, iut_call *call)
{
    field_number(f, "id", UINT64_MAX, &call->id);
    unsigned op = f->writing ? call->op : IUT_NUM_OPS;
    field_choice(f, "op", op_names, IUT_NUM_OPS, &op);
    call->op = (iut_op)op;
    if (op == IUT_NUM_OPS)
        fields_fail(f, "op is missing");
    uint64_t session = call->session;
    if (op >= IUT_OP_OPEN && op <= IUT_OP_CLOSE)
        field_number(f, "session", UINT32_MAX, &session);
    call->session = (unsigned)session;
    uint64_t protocol = TICKETGATE_IUT_PROTOCOL;
    switch (call->op) {
    case IUT_OP_HELLO:
        field_number(f, "protocol", UINT32_MAX, &protocol);
        if (protocol != TICKETGATE_IUT_PROTOCOL)
            fields_fail(f, "protocol %u is not known", (unsigned)protocol);
        break;
    case IUT_OP_DECODE:
        field_octets(f, "message", &call->message);
        break;
    case IUT_OP_CHECK:
        field_octets(f, "message", &call->message);
        field_text(f, "profile", &call->profile);
        field_text(f, "exchange", &call->exchange);
        field_role(f, "from", &call->from);
        break;
    case IUT_OP_OPEN:
        describe_open_call(f, call);
        break;
    case IUT_OP_START:
        describe_start(f, call);
        break;
    case IUT_OP_RECEIVE:
        field_role(f, "from", &call->from);
        field_time(f, "now", &call->now);
        field_octets(f, "message", &call->message);
        if (call->from == 0)
            fields_fail(f, "from is missing");
        break;
    case IUT_OP_OPEN_CONTAINER:
        describe_open_container(f, call);
        break;
    case IUT_OP_MAKE_CONTAINER:
        describe_make_container(f, call);
        break;
    default:
        break;
    }
}

/* ---- answers ------------------------------------------------------------------------------------------------ */

static void describe_roles(fields *f, iut_hello *hello)
{
    const char *names[4];
    size_t num = 0;
    for (unsigned role = TGI_INITIATOR; f->writing && role <= TGI_KMS; role++)
        if (hello->roles[role])
            names[num++] = iut_role_name((tgi_role)role);
    const char *const *read = field_texts(f, "roles", names, &num, 4);
    for (size_t i = 0; !f->writing && read && !fields_failed(f) && i < num; i++) {
        unsigned role = TGI_INITIATOR;
        while (role <= TGI_KMS && strcmp(read[i], iut_role_name((tgi_role)role)) != 0)
            role++;
        if (role > TGI_KMS)
            fields_fail(f, "roles holds a word that is none of initiator, responder, kms");
        else
            hello->roles[role] = true;
    }
}

static size_t num_words(const char *const *words)
{
    size_t num = 0;
    while (words && words[num])
        num++;
    return num;
}

static const char *const *describe_words(fields *f, const char *name, const char *const *words)
{
    static const char *const none[] = { NULL };
    size_t num = num_words(words);
    words = field_texts(f, name, words, &num, MAX_WORDS);
    return words ? words : none;
}

void describe_hello(fields *f, iut_hello *hello)
{
    field_text(f, "name", &hello->name);
    field_text(f, "release", &hello->release);
    describe_roles(f, hello);
    hello->profiles = describe_words(f, "profiles", hello->profiles);
    hello->can = describe_words(f, "can", hello->can);
    if (!hello->name || !hello->name[0])
        fields_fail(f, "name is missing");
}

static void describe_message(fields *f, void *item)
{
    tgi_message *message = item;
    field_role(f, "to", &message->to);
    field_octets(f, "octets", &message->octets);
    if (message->to == 0)
        fields_fail(f, "to is missing in a message");
}

static void describe_session_key(fields *f, void *item)
{
    tgi_session_key *key = item;
    field_u8(f, "cs_id", &key->cs_id);
    field_octets(f, "tek", &key->tek);
    field_octets(f, "salt", &key->salt);
}

void describe_reply(fields *f, tgi_reply *reply)
{
    static const char *const outcomes[] = { "accepted", "rejected", "unsupported", "broken" };
    enum { NUM_OUTCOMES = 4 };
    unsigned outcome = f->writing ? (unsigned)reply->outcome : NUM_OUTCOMES;
    field_choice(f, "outcome", outcomes, NUM_OUTCOMES, &outcome);
    if (outcome == NUM_OUTCOMES)
        fields_fail(f, "outcome is missing");
    reply->outcome = (tgi_outcome)outcome;
    field_text(f, "error", &reply->error);
    field_text(f, "text", &reply->text);
    const tgi_message *messages = field_array(f, "messages", reply->messages, &reply->num_messages, sizeof *messages,
                                              TGI_MAX_MESSAGES, describe_message);
    if (!f->writing && messages && !fields_failed(f))
        memcpy(reply->messages, messages, reply->num_messages * sizeof *messages);
    field_flag(f, "established", &reply->established);
    reply->keys =
        field_array(f, "keys", reply->keys, &reply->num_keys, sizeof *reply->keys, TGI_MAX_KEYS, describe_session_key);
    field_octets(f, "reencoded", &reply->reencoded);
    field_octets(f, "content", &reply->content);
    field_octets(f, "container", &reply->container);
}
