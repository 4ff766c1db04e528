/* Cases that are a golden vector: decode and check. */
#include <string.h>

#include "gate_judged.h"
#include "ticketgate/registry_values.h"

tg_bytes gate_octets_of(keeping *k, const json_t *hex)
{
    const char *text = json_string_value(hex);
    size_t len = text ? strlen(text) / 2 : 0;
    uint8_t *out = keep_memory(k, len);
    for (size_t i = 0; i < len; i++) {
        char pair[3] = { text[2 * i], text[2 * i + 1], '\0' };
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return tg_bytes_of(out, len);
}

void gate_note_breakdown(gate_run *r, const gate_case *c, iut_fault fault, tg_report_case *out, gate_verdict *v)
{
    const char *text = keep_text(&r->keeping, "%s", iut_fault_text(r->u));
    gate_add_breakdown(r, c->id, iut_fault_name(fault), text, iut_last_words(r->u));
    out->fault = iut_fault_name(fault);
    if (fault == IUT_GONE) {
        v->verdict = TG_VERDICT_INCONCLUSIVE;
        v->reason = "the implementation is gone";
        return;
    }
    gate_fail(v, NULL, TG_SIDE_NONE, keep_text(v->keeping, "The implementation broke down: %s.", out->fault))->got = text;
}

/* ---- decode ------------------------------------------------------------------------------------------------- */

/* The layout row that is particular to the vector: of those that it keeps, the last one named in the registry's order of
 * the common ones is of no help, so: the first that is not of HDR, or of HDR. */
static const char *layout_row(const gate_case *c)
{
    for (size_t i = 0; i < c->num_rows; i++) {
        if (strncmp(c->rows[i], "RFC3830-6.1-", 12) != 0)
            return c->rows[i];
    }
    return c->num_rows ? c->rows[0] : NULL;
}

static bool rejected_by_all(const gate_case *c)
{
    const json_t *profiles = json_object_get(c->vector->json, "profiles");
    const char *name;
    json_t *said;
    bool all = json_object_size(profiles) > 0;
    json_object_foreach((json_t *)(uintptr_t)profiles, name, said)
    {
        const char *receives = json_string_value(json_object_get(said, "receives"));
        all = all && receives && strcmp(receives, "reject") == 0;
    }
    return all;
}

static void judge_decode(const gate_case *c, tg_bytes octets, const tgi_reply *reply, bool builds_anew, gate_verdict *v)
{
    const json_t *error = json_object_get(c->vector->json, "error");
    const char *broken = json_string_value(json_object_get(error, "id"));
    bool accepted = reply->outcome == TGI_ACCEPTED;
    if (!broken && !accepted && octets.len > 0 && octets.data[0] != 1 && rejected_by_all(c))
        return; /* another version than 1: who knows how it is laid out */
    gate_count(v, broken ? broken : layout_row(c), 0, 1);
    if (!broken && accepted && reply->reencoded.len > 0)
        gate_count(v, layout_row(c), 1, 0);
    if (broken && accepted) {
        tg_report_failure *f = gate_fail(v, broken, TG_SIDE_RECEIVER, "A message that cannot be parsed is accepted.");
        f->expected = "rejected";
        f->got = "accepted";
        f->path = json_string_value(json_object_get(error, "path"));
        f->has_place = true;
        f->offset = (size_t)json_integer_value(json_object_get(error, "offset"));
    } else if (!broken && !accepted) {
        tg_report_failure *f = gate_fail(v, layout_row(c), TG_SIDE_RECEIVER, "A message that can be parsed is rejected.");
        f->expected = "accepted";
        f->got = reply->error ? keep_text(v->keeping, "rejected: %s", reply->error) : "rejected";
    } else if (accepted && reply->reencoded.len > 0 &&
               (reply->reencoded.len != octets.len || memcmp(reply->reencoded.data, octets.data, octets.len) != 0)) {
        size_t at = 0;
        while (at < octets.len && at < reply->reencoded.len && octets.data[at] == reply->reencoded.data[at])
            at++;
        tg_report_failure *f = gate_fail(v, layout_row(c), TG_SIDE_SENDER, "The message built anew is another.");
        f->has_place = true;
        f->offset = at;
    } else if (!broken && accepted && reply->reencoded.len == 0 && octets.len > 0 && builds_anew) {
        v->verdict = TG_VERDICT_INCONCLUSIVE;
        v->reason = "capability reencode is declared, and no message is built anew";
    }
}

/* ---- check -------------------------------------------------------------------------------------------------- */

static const char *member(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* What the sender broke, and the receiver had to ignore: the row that says so to the receiver, where there is one. */
static const char *gate_receiver_row(const char *id, uint8_t data_type)
{
    static const char *const unexpected[] = {
        [TG_DATA_TYPE_ERROR] = "RFC6043-5.4-04",          [TG_DATA_TYPE_REQUEST_INIT_PSK] = "RFC6043-4.2.1.4-03",
        [TG_DATA_TYPE_REQUEST_INIT_PK] = "RFC6043-4.2.1.4-03", [TG_DATA_TYPE_REQUEST_RESP] = "RFC6043-4.2.1.6-02",
        [TG_DATA_TYPE_TRANSFER_INIT] = "RFC6043-4.2.2.2-03", [TG_DATA_TYPE_TRANSFER_RESP] = "RFC6043-4.2.2.4-03",
        [TG_DATA_TYPE_RESOLVE_INIT_PSK] = "RFC6043-4.2.3.4-03", [TG_DATA_TYPE_RESOLVE_INIT_PK] = "RFC6043-4.2.3.4-03",
        [TG_DATA_TYPE_RESOLVE_RESP] = "RFC6043-4.2.3.6-03",
    };
    char other[64];
    size_t len = strlen(id);
    if (strcmp(id, "RFC6043-4.2-x04") == 0 && data_type < sizeof unexpected / sizeof *unexpected &&
        unexpected[data_type])
        return unexpected[data_type];
    if (id[len - 1] != 'a' || len >= sizeof other)
        return id;
    memcpy(other, id, len + 1);
    other[len - 1] = 'b'; /* MUST be so, and SHALL be ignored: two rows */
    const tg_requirement *row = tg_requirement_find(other);
    return row ? row->id : id;
}

/* Those that a wrong answer would break. */
static void count_check(const json_t *sends, bool reject, uint8_t data_type, bool is_update, gate_verdict *v)
{
    size_t num = 0;
    for (size_t i = 0; i < json_array_size(sends); i++) {
        const tg_requirement *row = tg_requirement_find(json_string_value(json_array_get(sends, i)));
        if (!row || row->on_receive != (reject ? TG_ON_RECEIVE_REJECT : TG_ON_RECEIVE_IGNORE))
            continue;
        gate_count(v, reject ? row->id : gate_receiver_row(row->id, data_type), 0, 1);
        num++;
    }
    if (!reject && num == 0)
        gate_count(v, gate_process_row(TG_SENDER_UNKNOWN, data_type, is_update, false), 0, 1);
}

/* Rows of `sends` that a receiver does this with. */
static size_t fail_rows(const json_t *sends, tg_on_receive on_receive, uint8_t data_type, const char *what,
                        gate_verdict *v)
{
    size_t num = 0;
    for (size_t i = 0; i < json_array_size(sends); i++) {
        const tg_requirement *row = tg_requirement_find(json_string_value(json_array_get(sends, i)));
        if (!row || row->on_receive != on_receive)
            continue;
        const char *id = on_receive == TG_ON_RECEIVE_IGNORE ? gate_receiver_row(row->id, data_type) : row->id;
        tg_report_failure *f = gate_fail(v, id, TG_SIDE_RECEIVER, what);
        f->expected = on_receive == TG_ON_RECEIVE_REJECT ? "rejected" : "ignored";
        f->got = on_receive == TG_ON_RECEIVE_REJECT ? "accepted" : "rejected";
        num++;
    }
    return num;
}

static void judge_check(const gate_case *c, tg_bytes octets, const tgi_reply *reply, gate_verdict *v)
{
    const json_t *said = json_object_get(json_object_get(c->vector->json, "profiles"), c->profile);
    const json_t *sends = json_object_get(said, "sends");
    uint8_t data_type = octets.len > 1 ? octets.data[1] : 0;
    bool reject = strcmp(member(said, "receives"), "reject") == 0, accepted = reply->outcome == TGI_ACCEPTED;
    const char *exchange = member(json_object_get(c->vector->json, "context"), "exchange");
    bool update = exchange && strcmp(exchange, "update") == 0;
    count_check(sends, reject, data_type, update, v);
    if (reject && accepted) {
        fail_rows(sends, TG_ON_RECEIVE_REJECT, data_type, "What must be rejected is accepted.", v);
    } else if (!reject && !accepted &&
               fail_rows(sends, TG_ON_RECEIVE_IGNORE, data_type, "What is wrong must be ignored, and is rejected.", v) == 0) {
        tg_report_failure *f = gate_fail(v, gate_process_row(TG_SENDER_UNKNOWN, data_type, update, false), TG_SIDE_RECEIVER,
                                          "A message is rejected though nothing is wrong with it.");
        f->expected = "accepted";
        f->got = reply->error ? keep_text(v->keeping, "rejected: %s", reply->error) : "rejected";
    }
}

static tgi_role role_of(const char *sender)
{
    if (!sender)
        return 0;
    return sender[0] == 'I' ? TGI_INITIATOR : sender[0] == 'R' ? TGI_RESPONDER : TGI_KMS;
}

void gate_run_vector(gate_run *r, const gate_case *c, tg_report_case *out, gate_verdict *v)
{
    const json_t *context = json_object_get(c->vector->json, "context");
    tg_bytes octets = gate_octets_of(&r->keeping, json_object_get(c->vector->json, "message"));
    tgi_octets message = { octets.data, octets.len };
    tgi_reply reply = { .size = sizeof reply };
    iut_fault fault = c->kind == GATE_DECODE
                          ? iut_decode(r->u, message, &reply)
                          : iut_check(r->u, message, c->profile, member(context, "exchange"),
                                      role_of(member(context, "sender")), &reply);
    out->octets = octets;
    if (fault != IUT_OK) {
        gate_note_breakdown(r, c, fault, out, v);
    } else if (reply.outcome == TGI_UNSUPPORTED) {
        v->verdict = TG_VERDICT_INCONCLUSIVE;
        v->reason = "the implementation does not support it";
    } else if (c->kind == GATE_DECODE) {
        judge_decode(c, octets, &reply, iut_can(r->u, "reencode"), v);
    } else {
        judge_check(c, octets, &reply, v);
    }
}
