/* Cases that are a message of a golden conversation: REQUEST_INIT and RESOLVE_INIT, given to the IUT as KMS with the keys
 * and the time of that conversation; TRANSFER_INIT, given to it as a Responder who can open the ticket. What is right was
 * worked out by the implementation in Python. */
#include <stdlib.h>
#include <string.h>

#include "gate_golden.h"
#include "gate_judged.h"
#include "ticketgate/message.h"
#include "ticketgate/registry_values.h"

enum { OPEN_MEMORY = 1 << 20 };

/* ---- which messages ----------------------------------------------------------------------------------------- */

static const json_t *message_of(const vector *v, size_t n)
{
    return json_array_get(json_object_get(json_object_get(v->json, "conversation"), "messages"), n);
}

static unsigned type_of(const json_t *message)
{
    const char *hex = json_string_value(json_object_get(message, "hex"));
    char octet[3] = { 0 };
    if (!hex || strlen(hex) < 20)
        return 0;
    memcpy(octet, hex + 2, 2);
    return (unsigned)strtoul(octet, NULL, 16);
}

/* Rows that nobody can see in one message: they compare it with others that the IUT does not get. */
static bool is_of_others(const char *id)
{
    return strcmp(id, "RFC6043-4.2.3.1-x02") == 0 || strcmp(id, "RFC6043-4.2.2.1-x02") == 0 ||
           strcmp(id, "RFC3830-5.4-x02") == 0 || strcmp(id, "RFC6043-4.2-x05") == 0;
}

typedef enum wanted { WANTED_EITHER, WANTED_ACCEPTED, WANTED_REJECTED } wanted;

/* Rejected for a row that says so; accepted where nothing at all speaks against it. */
static wanted wanted_of(const json_t *judged)
{
    static const char *const statuses[] = { "auth", "ticket_auth", "vr_auth", "kemac" };
    const json_t *findings = json_object_get(judged, "findings");
    bool clean = json_array_size(findings) == 0, rejected = false;
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *finding = json_array_get(findings, i);
        const char *id = json_string_value(json_object_get(finding, "id"));
        const char *on_receive = json_string_value(json_object_get(finding, "on_receive"));
        rejected = rejected || (id && on_receive && strcmp(on_receive, "reject") == 0 && !is_of_others(id));
    }
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        const char *status = json_string_value(json_object_get(judged, statuses[i]));
        clean = clean && status && strcmp(status, "fail") != 0 && (i > 0 || strcmp(status, "ok") == 0);
    }
    return rejected ? WANTED_REJECTED : clean ? WANTED_ACCEPTED : WANTED_EITHER;
}

static const json_t *judged_of(const vector *v, size_t n)
{
    return json_array_get(json_object_get(json_object_get(v->json, "answer"), "messages"), n);
}

/* ---- what a KMS of these secrets can be asked to answer ---- */

static bool has_application(const tg_payload *policy)
{
    return tg_idr_find(policy, TG_ID_ROLE_APP) != NULL;
}

/* By a Responder with the TPK alone. */
/* With F=0 nothing would show that it was processed. */
static bool can_be_opened(const tg_ticket *ticket)
{
    return (ticket->flags & TG_FLAG('F')) && !(ticket->flags & (TG_FLAG('E') | TG_FLAG('I'))) &&
           ticket->ticket_type == TG_TICKET_MIKEY_BASE && ticket->subtype == 1 && ticket->version == 1;
}

/* Its clock cannot tell when a COUNTER was; which application asks, no message says; and what formats of tickets it
 * grants is its own affair, the base ticket excepted. */
static bool is_plain(const json_t *message)
{
    static uint8_t octets[1 << 16], memory[1 << 19];
    const char *hex = json_string_value(json_object_get(message, "hex"));
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_message *parsed;
    tg_diag diag;
    size_t len, at;
    if (!hex || strlen(hex) / 2 > sizeof octets || tg_hex_decode(hex, strlen(hex), octets, &len, &at) != TG_OK ||
        tg_message_parse(tg_bytes_of(octets, len), &arena, &parsed, &diag) != TG_OK)
        return false;
    const tg_t *t = (const tg_t *)tg_payload_find(parsed->payloads, TG_PAYLOAD_T);
    const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(parsed->payloads, TG_PAYLOAD_TICKET);
    const tg_tp *tp = (const tg_tp *)tg_payload_find(parsed->payloads, TG_PAYLOAD_TP);
    bool base = !tp || (tp->ticket_type == TG_TICKET_MIKEY_BASE && tp->subtype == 1 && tp->version == 1);
    return base && t && t->ts_type != TG_TS_COUNTER && !(ticket && has_application(ticket->tp_data.payloads)) &&
           !(tp && has_application(tp->tp_data.payloads)) &&
           (parsed->hdr.data_type != TG_DATA_TYPE_TRANSFER_INIT || (ticket && can_be_opened(ticket)));
}

/* It has the TPK, a key for each subscriber, and the ticket is not over. */
static bool is_equipped(const vector *v)
{
    const json_t *conversation = json_object_get(v->json, "conversation");
    const json_t *subscribers = json_object_get(conversation, "subscribers");
    const json_t *judged = json_object_get(json_object_get(v->json, "answer"), "messages");
    bool ok = json_string_length(json_object_get(json_object_get(conversation, "secrets"), "tpk")) > 0;
    for (size_t i = 0; i < json_array_size(subscribers); i++)
        ok = ok && json_string_length(json_object_get(json_array_get(subscribers, i), "psk")) > 0 &&
             json_array_size(json_object_get(json_array_get(subscribers, i), "impus")) < 2; /* behaviour has those */
    for (size_t i = 0; i < json_array_size(judged); i++) {
        const json_t *findings = json_object_get(json_array_get(judged, i), "findings");
        for (size_t n = 0; n < json_array_size(findings); n++)
            ok = ok &&
                 strcmp(json_string_value(json_object_get(json_array_get(findings, n), "id")), "RFC6043-6.10-x22") != 0;
    }
    return ok;
}

static bool is_pk(unsigned type)
{
    return type == TG_DATA_TYPE_REQUEST_INIT_PK || type == TG_DATA_TYPE_RESOLVE_INIT_PK;
}

static const char *pem_of_kms(const vector *v)
{
    const json_t *secrets = json_object_get(json_object_get(v->json, "conversation"), "secrets");
    const char *pem =
        json_string_value(json_object_get(json_object_get(json_object_get(secrets, "rsa"), "kms"), "pem"));
    return pem && strstr(pem, "PRIVATE KEY") ? pem : NULL;
}

/* Without one no certificate is good for anything. */
static bool has_trust(const vector *v)
{
    return json_array_size(json_object_get(json_object_get(v->json, "conversation"), "trust")) > 0;
}

/* Modes 2 and 4: nobody resolves, and this is the first TRANSFER_INIT, with a ticket that is not forked. */
static bool is_for_responder(const vector *v, size_t n)
{
    const json_t *conversation = json_object_get(v->json, "conversation");
    size_t all = json_array_size(json_object_get(conversation, "messages"));
    bool ok = type_of(message_of(v, n)) == TG_DATA_TYPE_TRANSFER_INIT &&
              json_string_length(json_object_get(json_object_get(conversation, "secrets"), "tpk")) > 0 &&
              json_object_get(json_object_get(conversation, "identities"), "r");
    for (size_t i = 0; i < all; i++) {
        unsigned type = type_of(message_of(v, i));
        ok = ok && type != TG_DATA_TYPE_RESOLVE_INIT_PSK && type != TG_DATA_TYPE_RESOLVE_INIT_PK &&
             !(i < n && type == TG_DATA_TYPE_TRANSFER_INIT);
    }
    return ok;
}

tg_sender gate_golden_role(const vector *v, size_t message)
{
    return type_of(message_of(v, message)) == TG_DATA_TYPE_TRANSFER_INIT ? TG_SENDER_R : TG_SENDER_K;
}

const char *const *gate_golden_needs(const vector *v, size_t message, size_t *num)
{
    static const char *const pk[] = { "pk", "mode-1", "settings" }, *const psk[] = { "psk", "mode-1", "settings" },
                             *const transfer[] = { "mode-2", "settings" };
    bool of_r = gate_golden_role(v, message) == TG_SENDER_R;
    bool other = json_object_size(json_object_get(json_object_get(v->json, "conversation"), "settings")) > 0;
    *num = (of_r ? 1u : 2u) + other;
    return of_r ? transfer : is_pk(type_of(message_of(v, message))) ? pk : psk;
}

unsigned gate_golden_type(const vector *v, size_t message)
{
    return type_of(message_of(v, message));
}

bool gate_golden_is_good(const vector *v, size_t message)
{
    return wanted_of(judged_of(v, message)) == WANTED_ACCEPTED;
}

size_t gate_golden_messages(const vector *v, size_t *out, size_t most)
{
    size_t num = 0, all = json_array_size(json_object_get(json_object_get(v->json, "conversation"), "messages"));
    for (size_t n = 0; n < all && num < most; n++) {
        unsigned type = type_of(message_of(v, n));
        const char *from = json_string_value(json_object_get(message_of(v, n), "from"));
        wanted what = wanted_of(judged_of(v, n));
        bool asks = type == TG_DATA_TYPE_REQUEST_INIT_PSK || type == TG_DATA_TYPE_RESOLVE_INIT_PSK ||
                    (is_pk(type) && pem_of_kms(v) && (what == WANTED_REJECTED || has_trust(v))) ||
                    is_for_responder(v, n);
        bool fits =
            what == WANTED_REJECTED || (what == WANTED_ACCEPTED && is_equipped(v) && is_plain(message_of(v, n)));
        if (asks && !(from && from[0] == 'K') && fits)
            out[num++] = n;
    }
    return num;
}

/* ---- the KMS of the conversation ---------------------------------------------------------------------------- */

typedef struct golden {
    gate_run *r;
    const gate_case *c;
    char *text;
    uint8_t *memory;
    tg_json_conversation conversation;
    bool is_read;
    bool needs_control; /* a bad message was rejected */
    tg_bytes octets;
    uint64_t now;
} golden;

/* When it was sent, where the conversation does not say when it is. */
static uint64_t time_of(const golden *g, tg_arena *arena)
{
    tg_message *message;
    tg_diag diag;
    if (g->conversation.known.has_now)
        return g->conversation.known.now;
    if (tg_message_parse(g->octets, arena, &message, &diag) != TG_OK)
        return (uint64_t)3989260800u << 32;
    const tg_t *t = (const tg_t *)tg_payload_find(message->payloads, TG_PAYLOAD_T);
    uint64_t value = 0;
    for (size_t i = 0; t && i < t->ts_value.len; i++)
        value = value << 8 | t->ts_value.data[i];
    if (!t || t->ts_type == TG_TS_COUNTER)
        return (uint64_t)3989260800u << 32;
    return t->ts_value.len == 4 ? value << 32 : value;
}

static bool read_conversation(golden *g)
{
    tg_diag diag;
    const char *reason;
    g->text = json_dumps(json_object_get(g->c->vector->json, "conversation"), JSON_COMPACT);
    size_t len = g->text ? strlen(g->text) : 0, size = tg_json_conversation_arena_size(len) + OPEN_MEMORY;
    g->memory = g->text ? malloc(size) : NULL;
    if (!g->memory)
        return false;
    tg_arena arena = tg_arena_of(g->memory + OPEN_MEMORY, size - OPEN_MEMORY);
    g->is_read =
        tg_json_to_conversation(g->text, len, g->r->crypto, NULL, &arena, &g->conversation, &diag, &reason) == TG_OK;
    return g->is_read;
}

static bool is_resolve(uint8_t type)
{
    return type == TG_DATA_TYPE_RESOLVE_INIT_PSK || type == TG_DATA_TYPE_RESOLVE_INIT_PK;
}

static bool open_kms(golden *g, tgi_open *open, const char **why)
{
    const tg_known *known = &g->conversation.known;
    tg_arena arena = tg_arena_of(g->memory, OPEN_MEMORY);
    const char *pem = pem_of_kms(g->c->vector);
    tg_plan plan = { .profile = &known->profile,
                     .mode = 1,
                     .suite = tg_suite_128,
                     .rsa_kms = { (const uint8_t *)pem, pem ? strlen(pem) : 0 } };
    tg_kms_config k = { .subscribers = known->subscribers };
    bool resolves = is_resolve(g->octets.data[1]), pk = is_pk(g->octets.data[1]);
    g->now = time_of(g, &arena);
    k.role = (tg_role_config){ .profile = &known->profile,
                               .skew = known->skew,
                               .suite = tg_suite_128,
                               .self = known->kms,
                               .kms = known->kms,
                               .errors = TG_ERRORS_AUTHENTIC,
                               .psk = resolves ? known->secrets.psk_r : known->secrets.psk_i,
                               .tpk = known->secrets.tpk,
                               .pk = pk,
                               .rsa = pk ? known->secrets.rsa_kms : NULL,
                               .trust = known->trust,
                               .num_trust = pk ? known->num_trust : 0 };
    const tg_party_setup setup = { .who = TG_SENDER_K, .plan = &plan, .k = &k };
    return iut_open_of_setup(&setup, &arena, open, why) == TG_OK;
}

/* A Responder who has the TPK, and nobody to ask. */
static bool open_responder(golden *g, tgi_open *open, const char **why)
{
    const tg_known *known = &g->conversation.known;
    tg_arena arena = tg_arena_of(g->memory, OPEN_MEMORY);
    tg_plan plan = { .profile = &known->profile, .mode = 2, .suite = tg_suite_128 };
    tg_responder_config r = { 0 };
    g->now = time_of(g, &arena);
    r.role = (tg_role_config){ .profile = &known->profile,
                               .skew = known->skew,
                               .suite = tg_suite_128,
                               .self = known->r,
                               .kms = known->kms,
                               .errors = TG_ERRORS_AUTHENTIC,
                               .psk = known->secrets.psk_r,
                               .tpk = known->secrets.tpk };
    const tg_party_setup setup = { .who = TG_SENDER_R, .plan = &plan, .r = &r };
    return iut_open_of_setup(&setup, &arena, open, why) == TG_OK;
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

static void fail_accepted(golden *g, gate_verdict *v)
{
    const json_t *findings = json_object_get(judged_of(g->c->vector, g->c->message), "findings");
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const char *id = json_string_value(json_object_get(json_array_get(findings, i), "id"));
        const tg_requirement *row = tg_requirement_find(id);
        if (!row || row->on_receive != TG_ON_RECEIVE_REJECT || is_of_others(id))
            continue;
        tg_report_failure *f = gate_fail(v, row->id, TG_SIDE_RECEIVER, "What must be rejected is accepted.");
        f->expected = "rejected";
        f->got = "accepted";
    }
}

static void count(const golden *g, wanted what, gate_verdict *v)
{
    const json_t *findings = json_object_get(judged_of(g->c->vector, g->c->message), "findings");
    if (what == WANTED_ACCEPTED)
        gate_count(v, gate_process_row(g->c->role, g->octets.data[1], false, false), 0, 1);
    for (size_t i = 0; i < json_array_size(findings) && what == WANTED_REJECTED; i++) {
        const char *id = json_string_value(json_object_get(json_array_get(findings, i), "id"));
        const tg_requirement *row = id ? tg_requirement_find(id) : NULL;
        if (row && row->on_receive == TG_ON_RECEIVE_REJECT && !is_of_others(id))
            gate_count(v, id, 0, 1);
    }
}

/* The message that answers, or none. */
static tgi_octets answer_in(const golden *g, const tgi_reply *reply)
{
    for (size_t i = 0; i < reply->num_messages; i++) {
        tgi_octets octets = reply->messages[i].octets;
        if (octets.len > 1 && octets.data[1] == gate_golden_answer_type(g->octets.data[1]))
            return octets;
    }
    return (tgi_octets){ NULL, 0 };
}

static bool is_error(tgi_octets octets)
{
    return octets.len > 1 && octets.data[1] == TG_DATA_TYPE_ERROR;
}

static void judge_bad(golden *g, const tgi_reply *reply, gate_verdict *v)
{
    bool answered = false;
    for (size_t i = 0; i < reply->num_messages; i++)
        answered = answered || !is_error(reply->messages[i].octets);
    if (reply->outcome == TGI_ACCEPTED || answered) {
        count(g, WANTED_REJECTED, v);
        fail_accepted(g, v);
    } else {
        g->needs_control = true;
    }
}

static void judge_control(golden *g, gate_verdict *v)
{
    if (gate_golden_control(g->r, g->c)) {
        count(g, WANTED_REJECTED, v);
        return;
    }
    v->verdict = TG_VERDICT_INCONCLUSIVE;
    v->reason = "it is rejected, and good messages of its kind are not answered either";
}

static void judge_good(golden *g, const tgi_reply *reply, gate_verdict *v)
{
    tgi_octets answer = answer_in(g, reply);
    if (reply->outcome != TGI_ACCEPTED || answer.len == 0) {
        /* Such a message shows many features at once; which of them is missing, the other groups tell, by its row. */
        v->verdict = TG_VERDICT_INCONCLUSIVE;
        v->reason = keep_text(v->keeping, "a message with nothing wrong is not answered (%s)",
                              reply->outcome == TGI_ACCEPTED ? "accepted"
                              : reply->error                 ? reply->error
                                                             : "rejected");
        return;
    }
    count(g, WANTED_ACCEPTED, v);
    gate_golden_judge_answer(g->r, g->c, &g->conversation, answer, v);
}

static void judge(golden *g, const tgi_reply *reply, gate_verdict *v)
{
    if (reply->outcome == TGI_UNSUPPORTED) {
        v->verdict = TG_VERDICT_INCONCLUSIVE;
        v->reason = "the implementation does not support it";
    } else if (gate_golden_is_good(g->c->vector, g->c->message)) {
        judge_good(g, reply, v);
    } else {
        judge_bad(g, reply, v);
    }
}

static void ask(golden *g, tg_report_case *out, gate_verdict *v)
{
    tgi_open open;
    tgi_reply reply = { .size = sizeof reply };
    unsigned session = 0;
    const char *why = NULL;
    v->verdict = TG_VERDICT_INCONCLUSIVE;
    if (!read_conversation(g) || g->c->message >= g->conversation.num_sent) {
        v->reason = "the conversation cannot be read";
        return;
    }
    g->octets = g->conversation.sent[g->c->message].octets;
    uint8_t *copy = keep_memory(v->keeping, g->octets.len);
    memcpy(copy, g->octets.data, g->octets.len);
    out->octets = tg_bytes_of(copy, g->octets.len);
    bool of_r = g->c->role == TG_SENDER_R;
    if (!(of_r ? open_responder : open_kms)(g, &open, &why)) {
        v->reason = why ? why : "out of memory";
        return;
    }
    iut_fault fault = iut_open(g->r->u, &open, &session, &reply);
    bool is_open = fault == IUT_OK && reply.outcome == TGI_ACCEPTED;
    if (fault == IUT_OK && !is_open)
        v->reason = "the implementation does not open the session";
    if (is_open) {
        tgi_role from = is_resolve(g->octets.data[1]) ? TGI_RESPONDER : TGI_INITIATOR;
        reply = (tgi_reply){ .size = sizeof reply };
        fault = iut_receive(g->r->u, session, from, (tgi_octets){ g->octets.data, g->octets.len }, g->now, &reply);
    }
    if (fault != IUT_OK) {
        gate_note_breakdown(g->r, g->c, fault, out, v);
        return;
    }
    if (is_open) {
        v->verdict = TG_VERDICT_PASSED;
        judge(g, &reply, v);
        iut_close(g->r->u, session);
        if (g->needs_control)
            judge_control(g, v);
    }
}

void gate_run_golden(gate_run *r, const gate_case *c, tg_report_case *out, gate_verdict *v)
{
    golden g = { .r = r, .c = c };
    ask(&g, out, v);
    if (g.is_read)
        tg_json_conversation_free(&g.conversation);
    free(g.memory);
    free(g.text);
}
