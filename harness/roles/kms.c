/* The KMS: Ticket Request (RFC 6043 4.2.1) and what both exchanges share. Stateless: all it keeps is the replay cache
 * and, where it forwards requests to another KMS, those that wait (kms_resolve.c, kms_forward.c). */
#include "kms.h"

static tg_status receive(tg_role *role, tg_sender from, tg_bytes octets);

tg_status tg_kms_new(const tg_kms_config *config, tg_role **out)
{
    tg_role *role = NULL;
    TRY(tg_role_new(&config->role, TG_SENDER_K, &role));
    role->of.k = *config;
    role->receive = receive;
    role->ex = "request";
    if (role->of.k.min_key < 16)
        role->of.k.min_key = 16; /* 12.1 */
    if (role->of.k.max_key < role->of.k.min_key)
        role->of.k.max_key = role->of.k.min_key > 32 ? role->of.k.min_key : 32;
    TRY(tg_kms_new_pending(role));
    role->scratch = role->c.arena->used;
    *out = role;
    return TG_OK;
}

/* ---- who asks ----------------------------------------------------------------------------------------------- */

/* The subscriber (TS 33.328 6.2.3.5), by B-TID, else by UID; and with his identity where the message leaves it out. */
void tg_kms_caller(const tg_role *role, const tg_message *message, tg_sender from, tg_kms_caller_is *out)
{
    bool resolves = message->hdr.data_type == TG_DATA_TYPE_RESOLVE_INIT_PSK ||
                    message->hdr.data_type == TG_DATA_TYPE_RESOLVE_INIT_PK;
    const tg_subscriber_source *source = role->of.k.subscribers;
    const tg_idr *psk = tg_idr_find(message->payloads, TG_ID_ROLE_PSK);
    *out = (tg_kms_caller_is){ .id = tg_identity_in(message, resolves ? TG_ID_ROLE_R : TG_ID_ROLE_I, NULL) };
    tg_role_known(role, &out->known);
    out->psk = role->c.psk;
    if (from == TG_SENDER_K) { /* another KMS (section 10): its Responder is no subscriber here */
        out->known.subscribers = NULL;
        out->psk = role->of.k.psk_kms;
        return;
    }
    if (!source)
        return;
    if (psk)
        out->subscriber = tg_subscriber_by_b_tid(source, psk->id_data);
    else if (out->id.known)
        out->subscriber = tg_subscriber_by_uid(source, tg_without_scheme(out->id.data));
    /* Never the key of the configuration: whoever holds it could pass as every subscriber without one of his own. */
    out->psk = out->subscriber ? out->subscriber->psk : (tg_bytes){ 0 };
    out->known.secrets.psk_i = out->known.secrets.psk_r = out->psk;
    if (!out->subscriber)
        return;
    if (!out->id.known && out->subscriber->num_uids > 0)
        out->id = (tg_identity){ true, TG_ID_TYPE_NAI, out->subscriber->uids[0] };
    if (resolves)
        out->known.r = out->id;
    else
        out->known.i = out->id;
}

static bool holds_certificate(const tg_cert *cert)
{
    return cert->cert_type == TG_CERT_TYPE_X_509V3 || cert->cert_type == TG_CERT_TYPE_X_509V3_SIGN ||
           cert->cert_type == TG_CERT_TYPE_X_509V3_ENCR;
}

/* Is the certificate that verified the message that of the other KMS? The users have trusted ones too. */
static bool is_peer_kms(const tg_role *role, const tg_message *message)
{
    const tg_identity *peer = &role->of.k.peer_kms;
    const tg_payload *p = tg_payload_find(message->payloads, TG_PAYLOAD_CERT);
    while (p && !holds_certificate((const tg_cert *)p)) /* the judge takes the first one that does */
        p = tg_payload_find(p->next, TG_PAYLOAD_CERT);
    tg_pk *certificate = NULL;
    if (!peer->known || !p ||
        tg_pk_from_der_certificate(role->c.crypto, ((const tg_cert *)p)->cert_data, &certificate) != TG_OK)
        return false;
    bool is_peer = tg_pk_has_name(certificate, peer->data);
    tg_pk_free(certificate);
    return is_peer;
}

/* Authentic, timely, from a known sender: else why not. */
tg_status tg_kms_authenticate(tg_role *role, const tg_sent *sent, const tg_message *message,
                              const tg_kms_caller_is *caller, const tg_judgement **judgement, tg_refusal *refusal)
{
    bool pk = message->hdr.data_type == TG_DATA_TYPE_REQUEST_INIT_PK ||
              message->hdr.data_type == TG_DATA_TYPE_RESOLVE_INIT_PK;
    bool is_256 = message->hdr.prf_func == TG_PRF_HMAC_SHA_256;
    TRY(tg_role_judge(role, &caller->known, sent, judgement));
    *refusal = tg_role_verdict(role, *judgement, false);
    if (*refusal == TG_REFUSAL_NONE && sent->from == TG_SENDER_K && role->of.k.psk_kms.len == 0)
        *refusal = TG_REFUSAL_AUTH; /* this KMS knows no other */
    if (*refusal == TG_REFUSAL_NONE && pk && role->c.num_trust == 0)
        *refusal = TG_REFUSAL_CERT; /* anybody could have made his certificate */
    if (*refusal == TG_REFUSAL_NONE && pk && sent->from == TG_SENDER_K && !is_peer_kms(role, message))
        *refusal = TG_REFUSAL_AUTH;
    if (*refusal == TG_REFUSAL_NONE && pk && (*judgement)->derived.env_key.len == 0)
        *refusal = TG_REFUSAL_AUTH;
    if (*refusal == TG_REFUSAL_NONE && (is_256 ? role->of.k.refuse_256 : role->of.k.refuse_128))
        *refusal = TG_REFUSAL_PRF;
    if (*refusal == TG_REFUSAL_NONE && !tg_is_careless(role, TG_CARELESS_BIT(NO_IDENTITY)) &&
        (!caller->id.known || (caller->known.subscribers && !caller->subscriber)))
        *refusal = TG_REFUSAL_ID;
    return TG_OK;
}

/* The last step for an authentic request: what failed before it for want of memory or randomness may come again, and
 * whoever signs with a certificate of his own making fills no cache. */
tg_status tg_kms_remember(tg_role *role, const tg_sent *sent, const tg_message *request, const tg_judgement *judgement)
{
    tg_refusal full = TG_REFUSAL_NONE;
    TRY(tg_role_remember_replay(role, request, &full));
    if (full == TG_REFUSAL_NONE)
        return TG_OK;
    role->result->num_out = 0;
    return tg_role_refuse(role, sent->from, sent->octets, request, judgement, full);
}

/* The key that the answer is protected with. */
tg_bytes tg_kms_answer_key(const tg_kms_caller_is *caller, const tg_judgement *judgement)
{
    return judgement->derived.env_key.len > 0 ? judgement->derived.env_key : caller->psk;
}

/* ---- granting ----------------------------------------------------------------------------------------------- */

static uint16_t clamp(const tg_role *role, uint16_t len)
{
    const tg_kms_config *k = &role->of.k;
    if (tg_is_careless(role, TG_CARELESS_BIT(NO_LIMITS)))
        return len;
    return len < k->min_key ? k->min_key : len > k->max_key ? k->max_key : len;
}

/* 4.2.1.5: a single TGK is the default, but where it must not be in the ticket (6.10: I=1 and F=0; annex F.3). */
static void default_keys(const tg_role *role, tg_ticket_policy *policy)
{
    bool no_tgk = role->profile.no_tgk || ((policy->flags & TG_FLAG('I')) && !(policy->flags & TG_FLAG('F')));
    uint16_t len = policy->prf_func == TG_PRF_HMAC_SHA_256 ? 32 : 16;
    uint8_t usual = tg_is_careless(role, TG_CARELESS_BIT(WRONG_DEFAULT_KEY)) ? TG_KEY_TEK : TG_KEY_TGK;
    policy->num_keys = 1;
    policy->keys[0] = (tg_key_plan){ .type = no_tgk ? TG_KEY_GTGK : usual, .key_len = clamp(role, len) };
}

static bool session_key_type(uint8_t type)
{
    return type <= TG_KEY_GTGK_SALT;
}

#define SALT_MAX 64

static tg_refusal limit(const tg_role *role, tg_ticket_policy *policy)
{
    const tg_kms_config *k = &role->of.k;
    uint64_t last = role->now + ((uint64_t)k->max_validity << 32);
    bool is_256 = policy->prf_func == TG_PRF_HMAC_SHA_256;
    if (!tg_prf_is_known(policy->prf_func) || (is_256 ? k->refuse_256 : k->refuse_128))
        return TG_REFUSAL_TP_PARAM;
    if (!policy->has_keys)
        default_keys(role, policy);
    for (size_t i = 0; i < policy->num_keys; i++) {
        tg_key_plan *key = &policy->keys[i];
        if (!session_key_type(key->type))
            return TG_REFUSAL_TP_PARAM;
        key->key_len = clamp(role, key->key_len);
        if (key->salt_len > SALT_MAX)
            key->salt_len = SALT_MAX;
    }
    if (policy->has_tre && tg_ntp_order(policy->tre) <= tg_ntp_order(role->now))
        return TG_REFUSAL_TP_PARAM; /* it would never be valid */
    if (k->max_validity > 0 && !tg_is_careless(role, TG_CARELESS_BIT(NO_LIMITS)) &&
        (!policy->has_tre || tg_ntp_order(policy->tre) > tg_ntp_order(last))) {
        if (!policy->has_trs && !policy->has_tre)
            policy->tr_type = TG_TS_NTP_UTC_32;
        policy->has_tre = true;
        policy->tre = policy->tr_type == TG_TS_NTP_UTC_32 ? last & 0xFFFFFFFF00000000u : last;
    }
    return TG_REFUSAL_NONE;
}

static tg_refusal decide(tg_role *role, const tg_message *request, const tg_kms_caller_is *caller,
                         const tg_ticket_policy *asked, tg_grant *grant)
{
    *grant = (tg_grant){
        .request = request, .subscriber = caller->subscriber, .initiator = caller->id, .asked = asked, .policy = *asked
    };
    grant->policy.i = caller->id; /* 4.2.1.1: who asks, never whom he names */
    grant->policy.flags &= (uint16_t)~TG_FLAG('K');
    grant->policy.flags |= TG_FLAG('D'); /* whatever was asked for: it is the KMS that makes the ticket (6.10) */
    tg_refusal refusal = limit(role, &grant->policy);
    if (refusal == TG_REFUSAL_NONE && role->of.k.grant && !tg_is_careless(role, TG_CARELESS_BIT(NO_LIMITS))) {
        role->of.k.grant(role->of.k.user, grant);
        refusal = grant->refusal;
    }
    return refusal;
}

static tg_status granted_ticket(tg_role *role, const tg_tp *tp, const tg_ticket_policy *asked, const tg_grant *grant,
                                tg_suite suite, tg_ticket **out, tg_ticket_keys *keys)
{
    const tg_ticket_policy *policy = &grant->policy;
    tg_maker m = tg_role_maker(role);
    tg_ticket *ticket;
    TRY(tg_make_ticket_policy(&m, policy, &ticket));
    ticket->res = tp->res;
    if (tg_policy_is_changed(tp, ticket, asked, policy->keys, policy->num_keys))
        ticket->flags |= TG_FLAG('K');
    TRY(tg_make_ticket(&m, suite, role->c.tpk, &role->c.tpk_id, role->now, policy->keys, policy->num_keys, TG_SENDER_K,
                       ticket, keys));
    *out = ticket;
    return TG_OK;
}

/* ---- REQUEST_RESP ------------------------------------------------------------------------------------------- */

tg_suite tg_kms_suite(const tg_role *role, uint8_t prf_func)
{
    tg_suite suite = prf_func == TG_PRF_HMAC_SHA_256 ? tg_suite_256 : tg_suite_128;
    return role->c.suite.prf_func == prf_func ? role->c.suite : suite;
}

tg_hdr tg_kms_response_hdr(const tg_message *request, uint8_t data_type)
{
    tg_hdr hdr = request->hdr;
    hdr.overrides = NULL;
    hdr.data_type = data_type;
    hdr.v = 0;
    return hdr;
}

static tg_status send_request_resp(tg_role *role, const tg_sent *sent, const tg_message *request,
                                   const tg_kms_caller_is *caller, const tg_judgement *judgement,
                                   const tg_ticket *ticket, const tg_ticket_keys *keys)
{
    static const tg_identity left_out;
    tg_maker m = tg_role_maker(role);
    tg_chain_maker c = { .arena = m.arena };
    tg_payload *granted = NULL;
    tg_suite suite = tg_suite_for(role, request);
    tg_message model = { .hdr = tg_kms_response_hdr(request, TG_DATA_TYPE_REQUEST_RESP) };
    bool forked = (ticket->flags & TG_FLAG('I')) != 0;
    TRY(tg_granted_keys(&m, keys->mpki, forked ? keys->mpkr : (tg_bytes){ 0 }, keys->spi, keys->session, &granted));
    tg_add_now(&c, role, request);
    tg_add_idr(&c, TG_ID_ROLE_KMS, role->c.leave_out_ids ? &left_out : &role->c.self);
    tg_add_ticket(&c, ticket);
    tg_add_kemac(&c, suite.encr_alg, granted);
    tg_add_v(&c, suite.mac_alg);
    TRY(c.status);
    model.payloads = c.first;
    tg_protection how = { .inkey = tg_kms_answer_key(caller, judgement),
                          .direction = TG_DIRECTION_RESPONSE,
                          .rands = { .randri = tg_rand_in(request, TG_RAND_ROLE_I) },
                          .initial = request };
    tg_making making = { .message = &model, .ex = sent->ex };
    return tg_protect_and_send(role, &making, &how, sent->from, false);
}

static tg_status grant_request(tg_role *role, const tg_sent *sent, const tg_kms_caller_is *caller,
                               const tg_judgement *judgement)
{
    tg_ticket_policy asked;
    tg_grant grant;
    tg_ticket *ticket = NULL;
    tg_ticket_keys keys;
    tg_refusal refusal = TG_REFUSAL_NONE;
    const tg_message *message = judgement->message;
    const tg_tp *tp = (const tg_tp *)tg_payload_find(message->payloads, TG_PAYLOAD_TP);
    if (!tp || tg_ticket_policy_of(tp, &asked) != TG_OK ||
        (asked.num_r == 0 && !tg_role_overlooks(role, "RFC6043-6.10-x10")))
        refusal = TG_REFUSAL_TP_PARAM;
    else if (role->c.tpk.len == 0)
        refusal = TG_REFUSAL_POLICY; /* it issues no tickets */
    else
        refusal = decide(role, message, caller, &asked, &grant);
    if (refusal != TG_REFUSAL_NONE)
        return tg_role_refuse(role, sent->from, sent->octets, message, judgement, refusal);
    TRY(granted_ticket(role, tp, &asked, &grant, tg_kms_suite(role, grant.policy.prf_func), &ticket, &keys));
    return send_request_resp(role, sent, message, caller, judgement, ticket, &keys);
}

static tg_status receive_request(tg_role *role, tg_sender from, tg_bytes octets, const tg_message *message)
{
    const tg_judgement *judgement = NULL;
    tg_kms_caller_is caller;
    tg_refusal refusal;
    tg_sent sent = { .octets = octets, .ex = "request", .from = from };
    tg_kms_caller(role, message, from, &caller);
    TRY(tg_kms_authenticate(role, &sent, message, &caller, &judgement, &refusal));
    if (refusal != TG_REFUSAL_NONE)
        return tg_role_refuse(role, from, octets, message, judgement, refusal);
    TRY(grant_request(role, &sent, &caller, judgement));
    return tg_kms_remember(role, &sent, message, judgement);
}

static tg_status receive(tg_role *role, tg_sender from, tg_bytes octets)
{
    tg_message *message = NULL;
    tg_refusal refusal;
    TRY(tg_role_open(role, octets, &message, &refusal));
    role->result->ex = role->ex =
        message && message->hdr.data_type >= TG_DATA_TYPE_RESOLVE_INIT_PSK ? "resolve" : "request";
    if (refusal != TG_REFUSAL_NONE)
        return tg_role_refuse(role, from, octets, message, NULL, refusal);
    switch (message->hdr.data_type) {
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_REQUEST_INIT_PK:
        if (from == TG_SENDER_I)
            return receive_request(role, from, octets, message);
        break;
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK:
        if (from == TG_SENDER_R || from == TG_SENDER_K)
            return tg_kms_resolve(role, from, octets, message);
        break;
    case TG_DATA_TYPE_RESOLVE_RESP:
    case TG_DATA_TYPE_ERROR:
        if (from == TG_SENDER_K)
            return tg_kms_forwarded(role, octets, message);
        role->result->refusal = TG_REFUSAL_UNEXPECTED;
        if (message->hdr.data_type == TG_DATA_TYPE_ERROR)
            return TG_OK; /* it asked nothing */
        break;
    default:
        break;
    }
    return tg_role_refuse(role, from, octets, message, NULL, TG_REFUSAL_DATA_TYPE);
}
