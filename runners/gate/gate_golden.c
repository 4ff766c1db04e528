/* Cases that are a message of a golden conversation: REQUEST_INIT_PSK and RESOLVE_INIT_PSK, given to the IUT as KMS with
 * the keys and the time of that conversation. What is right was worked out by the implementation in Python. */
#include <stdlib.h>
#include <string.h>

#include "gate_judged.h"
#include "ticketgate/json.h"
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

/* Rows that a KMS cannot see in one message: they compare it with others that it does not get. */
static bool is_of_others(const char *id)
{
    return strcmp(id, "RFC6043-4.2.3.1-x02") == 0 || strcmp(id, "RFC3830-5.4-x02") == 0 ||
           strcmp(id, "RFC6043-4.2-x05") == 0;
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
           !(tp && has_application(tp->tp_data.payloads));
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
            ok = ok && strcmp(json_string_value(json_object_get(json_array_get(findings, n), "id")), "RFC6043-6.10-x22") != 0;
    }
    return ok;
}

size_t gate_golden_messages(const vector *v, size_t *out, size_t most)
{
    size_t num = 0, all = json_array_size(json_object_get(json_object_get(v->json, "conversation"), "messages"));
    for (size_t n = 0; n < all && num < most; n++) {
        unsigned type = type_of(message_of(v, n));
        const char *from = json_string_value(json_object_get(message_of(v, n), "from"));
        bool asks = type == TG_DATA_TYPE_REQUEST_INIT_PSK || type == TG_DATA_TYPE_RESOLVE_INIT_PSK;
        wanted what = wanted_of(judged_of(v, n));
        bool fits = what == WANTED_REJECTED || (what == WANTED_ACCEPTED && is_equipped(v) && is_plain(message_of(v, n)));
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
    g->is_read = tg_json_to_conversation(g->text, len, g->r->crypto, NULL, &arena, &g->conversation, &diag, &reason) == TG_OK;
    return g->is_read;
}

static bool open_kms(golden *g, tgi_open *open, const char **why)
{
    const tg_known *known = &g->conversation.known;
    tg_arena arena = tg_arena_of(g->memory, OPEN_MEMORY);
    tg_plan plan = { .profile = &known->profile, .mode = 1, .suite = tg_suite_128 };
    tg_kms_config k = { .subscribers = known->subscribers };
    bool resolves = g->octets.data[1] == TG_DATA_TYPE_RESOLVE_INIT_PSK;
    g->now = time_of(g, &arena);
    k.role = (tg_role_config){ .profile = &known->profile, .skew = known->skew, .suite = tg_suite_128,
                               .self = known->kms, .kms = known->kms, .errors = TG_ERRORS_AUTHENTIC,
                               .psk = resolves ? known->secrets.psk_r : known->secrets.psk_i,
                               .tpk = known->secrets.tpk };
    const tg_party_setup setup = { .who = TG_SENDER_K, .plan = &plan, .k = &k };
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

static void judge(golden *g, const tgi_reply *reply, gate_verdict *v)
{
    wanted what = wanted_of(judged_of(g->c->vector, g->c->message));
    bool accepted = reply->outcome == TGI_ACCEPTED, answered = false;
    for (size_t i = 0; i < reply->num_messages; i++)
        answered = answered || (reply->messages[i].octets.len > 1 && reply->messages[i].octets.data[1] != TG_DATA_TYPE_ERROR);
    if (reply->outcome != TGI_UNSUPPORTED)
        count(g, what, v);
    if (reply->outcome == TGI_UNSUPPORTED) {
        v->verdict = TG_VERDICT_INCONCLUSIVE;
        v->reason = "the implementation does not support it";
    } else if (what == WANTED_REJECTED && (accepted || answered)) {
        fail_accepted(g, v);
    } else if (what == WANTED_ACCEPTED && !(accepted && answered)) {
        /* Such a message shows many features at once; which of them is missing, the other groups tell, by its row. */
        v->verdict = TG_VERDICT_INCONCLUSIVE;
        v->reason = keep_text(v->keeping, "a message with nothing wrong is not answered (%s)",
                              accepted ? "accepted" : reply->error ? reply->error : "rejected");
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
    if (!open_kms(g, &open, &why)) {
        v->reason = why ? why : "out of memory";
        return;
    }
    iut_fault fault = iut_open(g->r->u, &open, &session, &reply);
    bool is_open = fault == IUT_OK && reply.outcome == TGI_ACCEPTED;
    if (fault == IUT_OK && !is_open)
        v->reason = "the implementation does not open the session";
    if (is_open) {
        tgi_role from = g->octets.data[1] == TG_DATA_TYPE_RESOLVE_INIT_PSK ? TGI_RESPONDER : TGI_INITIATOR;
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
