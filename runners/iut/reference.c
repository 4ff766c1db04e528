/* The bundled reference implementation: the roles of the library behind the C interface.
 *
 * Each session has memory of its own, wiped and freed when it is closed. Its random numbers are made from a seed, so
 * that a run can be repeated: that of the environment (TICKETGATE_IUT_SEED) or a fixed one, and the number of the
 * session. A reference that is asked for anew, as another mutant too, is what the sessions opened from then on are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

#define MAX_SESSIONS 64
#define MEMORY ((size_t)8 << 20)
#define GIVEN ((size_t)1 << 20)  /* what it is told */
#define ANSWER ((size_t)1 << 20) /* what it answers */
#define REPLAY_CAPACITY 256

typedef struct session {
    uint8_t *block;
    tg_arena given, answer, memory;
    iut_config config;
    iut_pks pks;
    tg_seeded_random random;
    tg_role *role;
    const iut_variant *variant;
    tgi_session_key keys[TGI_MAX_KEYS];
    char text[512];
    iut_memory seen; /* for variants */
    bool gave_up;
} session;

static struct {
    tg_crypto *crypto; /* for the life of the process */
    const iut_variant *variant;
    session *sessions[MAX_SESSIONS];
    unsigned num_opened;
} reference;

/* ---- sessions ----------------------------------------------------------------------------------------------- */

static session **place_of(const void *s)
{
    for (size_t i = 0; i < MAX_SESSIONS; i++) {
        if (reference.sessions[i] == s)
            return &reference.sessions[i];
    }
    return NULL;
}

static void close_session(void *which)
{
    session **place = which ? place_of(which) : NULL;
    if (!place)
        return;
    session *s = *place;
    *place = NULL;
    if (s->role)
        tg_role_end(s->role);
    iut_memory_free(&s->seen);
    iut_pks_free(&s->pks);
    tg_arena_wipe(&s->memory, 0);
    tg_arena_wipe(&s->answer, 0);
    tg_arena_wipe(&s->given, 0);
    free(s->block);
    tg_wipe(s, sizeof *s);
    free(s);
}

static tg_status seed(session *s)
{
    const char *given = getenv("TICKETGATE_IUT_SEED");
    char text[256];
    int len = snprintf(text, sizeof text, "%u %s", reference.num_opened, given ? given : "ticketgate reference");
    size_t used = len < 0 || (size_t)len >= sizeof text ? sizeof text - 1 : (size_t)len;
    return tg_seeded_random_init(&s->random, reference.crypto, tg_bytes_of(text, used));
}

static tg_status make_role(session *s)
{
    tg_role_config *c = s->config.role;
    const iut_variant *v = s->variant;
    c->crypto = reference.crypto;
    c->arena = &s->memory;
    c->random = tg_seeded_random_source(&s->random);
    c->deviation = iut_variant_deviation(v);
    tg_status status = tg_replay_cache_new(&s->memory, REPLAY_CAPACITY, &c->replay);
    if (status != TG_OK)
        return status;
    if (v && v->configure)
        v->configure(&s->config);
    switch (s->config.who) {
    case TGI_INITIATOR:
        return tg_initiator_new(&s->config.of.i, &s->role);
    case TGI_RESPONDER:
        return tg_responder_new(&s->config.of.r, &s->role);
    default:
        return tg_kms_new(&s->config.of.k, &s->role);
    }
}

static bool is_wrong_in(tgi_role role)
{
    static const char *const names[] = {
        [TGI_INITIATOR] = "initiator", [TGI_RESPONDER] = "responder", [TGI_KMS] = "kms"
    };
    return reference.variant && role >= TGI_INITIATOR && role <= TGI_KMS &&
           strstr(reference.variant->about.roles, names[role]);
}

static session *new_session(session **place, tgi_role role)
{
    session *s = calloc(1, sizeof *s);
    if (s)
        s->block = malloc(GIVEN + ANSWER + MEMORY);
    if (!s || !s->block) {
        free(s);
        return NULL;
    }
    s->given = tg_arena_of(s->block, GIVEN);
    s->answer = tg_arena_of(s->block + GIVEN, ANSWER);
    s->memory = tg_arena_of(s->block + GIVEN + ANSWER, MEMORY);
    s->variant = is_wrong_in(role) ? reference.variant : NULL;
    *place = s;
    return s;
}

/* Members that an older caller does not have are zero. */
static bool read_open(const tgi_open *what, tgi_open *out)
{
    if (what->size == 0)
        return false;
    memset(out, 0, sizeof *out);
    memcpy(out, what, what->size < sizeof *out ? what->size : sizeof *out);
    return true;
}

static int open_session(const tgi_open *what, void **out, tgi_reply *reply)
{
    session **place = place_of(NULL);
    tgi_open full;
    const char *why = NULL;
    *out = NULL;
    if (!read_open(what, &full))
        return iut_unsupported(reply, "an open of no size");
    if (!place)
        return iut_reject(reply, TG_REFUSAL_NO_MEMORY, "too many sessions are open");
    session *s = new_session(place, full.role);
    if (!s)
        return iut_reject(reply, TG_REFUSAL_NO_MEMORY, NULL);
    reference.num_opened++;
    tg_status status = seed(s);
    if (status == TG_OK)
        status = iut_config_of_open(reference.crypto, &full, &s->given, &s->config, &s->pks, &why);
    if (status == TG_OK)
        status = make_role(s);
    s->config.open = NULL;
    if (status != TG_OK) {
        close_session(s);
        return iut_unsupported(reply, why ? why : tg_status_text(status));
    }
    *out = s;
    return 0;
}

/* ---- calls of a session ------------------------------------------------------------------------------------- */

static bool is_established(const session *s)
{
    tg_role_state state = tg_role_state_of(s->role);
    return s->config.who != TGI_KMS && (state == TG_ROLE_ESTABLISHED || state == TG_ROLE_UPDATING);
}

/* Asking for the keys is a call of the role: what it has to send is copied before. */
static tg_status show_keys(session *s, uint64_t now, tgi_reply *reply)
{
    tg_established e;
    size_t num = 0;
    if (!tg_role_established(s->role, now, &e))
        return TG_OK;
    for (size_t i = 0; i < e.num_cs && num < TGI_MAX_KEYS; i++) {
        const tg_session_key *key = &e.cs[i];
        tg_bytes tek = tg_arena_copy(&s->answer, key->tek.data, key->tek.len);
        tg_bytes salt = key->has_salt ? tg_arena_copy(&s->answer, key->salt.data, key->salt.len) : (tg_bytes){ 0 };
        if (!tek.data || (key->has_salt && key->salt.len > 0 && !salt.data))
            return TG_ARENA_FULL;
        s->keys[num++] = (tgi_session_key){ key->cs_id, { tek.data, tek.len }, { salt.data, salt.len } };
    }
    if (s->variant && s->variant->keys)
        s->variant->keys(reference.crypto, &s->answer, &e, s->keys, &num);
    reply->keys = s->keys;
    reply->num_keys = num;
    return TG_OK;
}

static tg_status put_messages(session *s, const tg_result *result, const char *rejected, tgi_reply *reply)
{
    for (size_t i = 0; i < result->num_out && i < TGI_MAX_MESSAGES; i++) {
        const tg_outgoing *out = &result->out[i];
        tg_bytes octets = tg_arena_copy(&s->answer, out->octets.data, out->octets.len);
        if (!octets.data)
            return TG_ARENA_FULL;
        if (s->variant && s->variant->withholds &&
            iut_seen_by(&s->seen, &s->config, s->variant->withholds, octets, TG_SENDER_UNKNOWN, rejected))
            continue;
        if (s->variant)
            iut_memory_keep(&s->seen, octets, true);
        tgi_role to = out->to == TG_SENDER_I ? TGI_INITIATOR : out->to == TG_SENDER_R ? TGI_RESPONDER : TGI_KMS;
        reply->messages[reply->num_messages++] = (tgi_message){ to, { octets.data, octets.len } };
    }
    return TG_OK;
}

/* An Error that carries a MAC or signature that is wrong was not sent by the other side. */
static tg_refusal refusal_of(const tg_result *result)
{
    bool forged = result->refusal == TG_REFUSAL_PEER_ERROR && !result->error_authentic && result->judgement &&
                  result->judgement->auth == TG_OUTCOME_FAIL;
    return forged ? TG_REFUSAL_AUTH : result->refusal;
}

static int answer(session *s, tg_status status, const tg_result *result, uint64_t now, tgi_reply *reply)
{
    tg_refusal refusal = status == TG_OK ? refusal_of(result) : TG_REFUSAL_NO_MEMORY;
    if (status == TG_OK)
        status = put_messages(s, result, refusal == TG_REFUSAL_NONE ? NULL : iut_class_of(refusal), reply);
    if (status == TG_OK && refusal != TG_REFUSAL_NONE) {
        snprintf(s->text, sizeof s->text, "%s%s%s", tg_refusal_text(refusal), result->broken ? ": " : "",
                 result->broken ? result->broken->id : "");
        iut_reject(reply, refusal, s->text);
        s->gave_up = s->variant && s->variant->gives_up && result->refusal == TG_REFUSAL_AUTH;
    }
    reply->established = is_established(s);
    if (status == TG_OK && reply->established)
        status = show_keys(s, now, reply);
    if (status == TG_OK)
        return 0;
    *reply = (tgi_reply){ .size = reply->size };
    if (status == TG_REFUSED)
        return iut_reject(reply, TG_REFUSAL_POLICY, "this cannot be started now, or not with this ticket");
    return iut_reject(reply, TG_REFUSAL_NO_MEMORY, tg_status_text(status));
}

static int start_session(void *which, const char *what, const tgi_transfer *update, bool with_response, uint64_t now,
                         tgi_reply *reply)
{
    session **place = which ? place_of(which) : NULL;
    session *s = place ? *place : NULL;
    tg_result result = { 0 };
    tg_status status;
    if (!s)
        return iut_reject(reply, TG_REFUSAL_UNEXPECTED, "no such session");
    tg_arena_wipe(&s->answer, 0);
    bool initiator = s->config.who == TGI_INITIATOR;
    if (initiator && strcmp(what, "request") == 0) {
        status = tg_initiator_request(s->role, now, &result);
    } else if (initiator && strcmp(what, "transfer") == 0) {
        status = tg_initiator_transfer(s->role, now, &result);
    } else if (s->config.who != TGI_KMS && strcmp(what, "update") == 0) {
        tg_transfer_plan plan = { .response = with_response };
        status = update ? iut_plan_of_transfer(update, with_response, &s->answer, &plan) : TG_OK;
        if (status == TG_OK)
            status = tg_role_update(s->role, &plan, now, &result);
    } else {
        return iut_unsupported(reply, "this role starts no such exchange");
    }
    return answer(s, status, &result, now, reply);
}

/* RFC 6043 5.2: an update has neither TICKET nor RANDRi. Nothing of it is used before the policy has spoken. */
static bool is_update(tgi_octets message)
{
    uint8_t *block = NULL;
    tg_message *parsed = NULL;
    bool is = iut_parse((tg_bytes){ message.data, message.len }, &block, &parsed, NULL) == TG_OK &&
              parsed->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT &&
              !tg_payload_find(parsed->payloads, TG_PAYLOAD_TICKET) && !tg_randr_find(parsed->payloads, TG_RAND_ROLE_I);
    free(block);
    return is;
}

static int receive_session(void *which, tgi_role from, tgi_octets message, uint64_t now, tgi_reply *reply)
{
    session **place = which ? place_of(which) : NULL;
    session *s = place ? *place : NULL;
    tg_result result;
    if (!s || from < TGI_INITIATOR || from > TGI_KMS)
        return iut_reject(reply, TG_REFUSAL_UNEXPECTED, "no such session or role");
    if (message.len > IUT_REFERENCE_MAX_OCTETS)
        return iut_reject(reply, TG_REFUSAL_TOO_LARGE, NULL);
    tg_arena_wipe(&s->answer, 0);
    if (s->config.refuse && strcmp(s->config.refuse, "update") == 0 && is_update(message))
        return iut_reject(reply, TG_REFUSAL_POLICY, NULL);
    tg_sender sender = from == TGI_INITIATOR ? TG_SENDER_I : from == TGI_RESPONDER ? TG_SENDER_R : TG_SENDER_K;
    tg_bytes octets = { message.data, message.len };
    const iut_variant *v = s->variant;
    if (s->gave_up)
        return iut_reject(reply, TG_REFUSAL_UNEXPECTED, v->about.title);
    bool disliked = v && v->dislikes && iut_seen_by(&s->seen, &s->config, v->dislikes, octets, sender, NULL);
    if (v && v->ignores && iut_seen_by(&s->seen, &s->config, v->ignores, octets, sender, NULL)) {
        reply->established = is_established(s);
        return 0;
    }
    if (v)
        iut_memory_keep(&s->seen, octets, false);
    if (disliked) {
        reply->established = is_established(s);
        iut_reject(reply, TG_REFUSAL_RULE, v->about.title);
        if (v->class_of_dislike)
            reply->error = v->class_of_dislike;
        return 0;
    }
    tg_status status = tg_role_receive(s->role, sender, octets, now, &result);
    return answer(s, status, &result, now, reply);
}

const iut_variant *iut_reference_variant(void)
{
    return reference.variant;
}

tg_crypto *iut_reference_crypto(void)
{
    return reference.crypto;
}

/* ---- the interface ------------------------------------------------------------------------------------------ */

const tgi_interface *iut_reference(const char *mutant)
{
    static const tgi_interface interface = {
        .size = sizeof interface,
        .version = TGI_VERSION,
        .name = "ticketgate-reference",
        .release = "1",
        .roles = "initiator responder kms",
        .profiles = "*",
        .can = "decode reencode check psk pk mode-1 mode-2 mode-3 mode-4 suite-128 suite-128-kw suite-256 ntp "
               "ntp-utc-32 counter updates reuse own-keys policy two-kms replay errors error-classes session-keys "
               "settings smime",
        .decode = iut_decode_alone,
        .check = iut_check_alone,
        .open = open_session,
        .start = start_session,
        .receive = receive_session,
        .close = close_session,
        .open_container = iut_reference_open_container,
        .make_container = iut_reference_make_container,
    };
    const iut_variant *variant = mutant ? iut_variant_find(mutant) : NULL;
    if (mutant && !variant)
        return NULL;
    if (!reference.crypto && tg_crypto_new(&reference.crypto) != TG_OK)
        return NULL;
    reference.variant = variant;
    reference.num_opened = 0; /* so that each run is the same */
    iut_reference_containers_begin();
    return &interface;
}
