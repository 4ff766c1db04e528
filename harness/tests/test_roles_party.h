/* A party that is a role in disguise, and one that does what it likes. */
#ifndef TEST_ROLES_PARTY_H
#define TEST_ROLES_PARTY_H

#include "test_roles_support.h"

typedef struct disguised {
    tg_role *role;
    size_t calls;
} disguised;

static inline tg_status open_disguised(void *user, const tg_party_setup *setup)
{
    disguised *d = user;
    *d = (disguised){ .calls = 1 };
    assert_int_equal((setup->i != NULL) + (setup->r != NULL) + (setup->k != NULL), 1);
    assert_non_null(setup->plan);
    if (setup->who == TG_SENDER_I)
        return tg_initiator_new(setup->i, &d->role);
    if (setup->who == TG_SENDER_R)
        return tg_responder_new(setup->r, &d->role);
    return tg_kms_new(setup->k, &d->role);
}

static inline tg_status reply_of(const tg_result *result, tg_party_reply *reply)
{
    reply->outcome = result->refusal == TG_REFUSAL_NONE ? TG_PARTY_ACCEPTED : TG_PARTY_REJECTED;
    reply->num_out = result->num_out;
    for (size_t n = 0; n < result->num_out; n++) {
        reply->out[n].to = result->out[n].to;
        reply->out[n].octets = result->out[n].octets;
    }
    reply->established = result->state == TG_ROLE_ESTABLISHED;
    return TG_OK;
}

static inline tg_status start_disguised(void *user, const char *what, const tg_transfer_plan *update, uint64_t now,
                                        tg_party_reply *reply)
{
    disguised *d = user;
    tg_result result;
    d->calls++;
    tg_status status = strcmp(what, "request") == 0    ? tg_initiator_request(d->role, now, &result)
                       : strcmp(what, "transfer") == 0 ? tg_initiator_transfer(d->role, now, &result)
                                                       : tg_role_update(d->role, update, now, &result);
    return status == TG_OK ? reply_of(&result, reply) : status;
}

static inline tg_status receive_disguised(void *user, tg_sender from, tg_bytes octets, uint64_t now,
                                          tg_party_reply *reply)
{
    disguised *d = user;
    tg_result result;
    d->calls++;
    tg_status status = tg_role_receive(d->role, from, octets, now, &result);
    return status == TG_OK ? reply_of(&result, reply) : status;
}

static inline tg_party disguise(disguised *d)
{
    return (tg_party){ d, open_disguised, start_disguised, receive_disguised };
}

#endif
