/* Cases that are a golden container: good ones open to exactly what is in them; of one whose integrity does not verify
 * nothing is told. What is right was worked out by the implementation in Python. */
#include "gate_container.h"

#include <string.h>

#include "gate_blame.h"
#include "gate_golden.h"
#include "gate_judged.h"

enum { MOST_KEYS = 8 };

typedef struct asked {
    tg_bytes octets, content;
    tgi_kek keys[MOST_KEYS];
    size_t num_keys;
    gate_container_needs needs;
} asked;

/* ---- which vectors ------------------------------------------------------------------------------------------ */

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* The keys have identifiers, each another: what else opens is a matter of who looks for keys. */
static bool keys_are_plain(const json_t *keys)
{
    size_t num = json_array_size(keys);
    for (size_t i = 0; i < num; i++) {
        const char *id = text_of(json_array_get(keys, i), "id");
        if (!id || !*id)
            return false;
        for (size_t n = 0; n < i; n++) {
            if (strcmp(id, text_of(json_array_get(keys, n), "id")) == 0)
                return false;
        }
    }
    return num > 0 && num <= MOST_KEYS;
}

/* Does a recipient have one of these identifiers? */
static bool is_addressed(const vector *v)
{
    const json_t *keys = json_object_get(v->json, "keys");
    const char *octets = text_of(v->json, "octets");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        if (strstr(octets, text_of(json_array_get(keys, i), "id")))
            return true;
    }
    return false;
}

gate_container_kind gate_container_kind_of(const vector *v)
{
    const json_t *answer = json_object_get(v->json, "answer"), *change = json_object_get(v->json, "change");
    const char *form = text_of(v->json, "form"), *outcome = text_of(answer, "outcome"), *type = text_of(answer, "type");
    const char *verdict = text_of(answer, "verdict"), *path = text_of(change, "path");
    if (v->kind != VECTOR_SMIME || !form || strcmp(form, "cms") != 0 || !outcome || !verdict || !type ||
        strcmp(type, "auth_enveloped") != 0 || !keys_are_plain(json_object_get(v->json, "keys")) || !is_addressed(v) ||
        json_object_size(json_object_get(v->json, "settings")) > 0)
        return GATE_CONTAINER_NONE;
    if (!v->parent && strcmp(outcome, "opened") == 0 && strcmp(verdict, "accept") == 0)
        return GATE_CONTAINER_OPENS;
    bool short_tag =
        strcmp(outcome, "refused") == 0 && path && (strcmp(path, "mac") == 0 || strstr(path, "aes-ICVlen"));
    return v->parent && (strcmp(outcome, "failed") == 0 || short_tag) ? GATE_CONTAINER_STAYS_SHUT : GATE_CONTAINER_NONE;
}

const char *const *gate_container_rows(gate_container_kind kind, size_t *num)
{
    static const char *const opens[] = { "TS33328-I.2.1-01", "TS33328-I.2.1-02", "TS33328-I.2.1-03" };
    static const char *const shut[] = { "RFC5083-2-01", "RFC5083-2-02" };
    *num = kind == GATE_CONTAINER_OPENS ? 3 : 2;
    return kind == GATE_CONTAINER_OPENS ? opens : shut;
}

/* ---- what is asked ------------------------------------------------------------------------------------------ */

static void read_needs(asked *a)
{
    uint8_t *memory = NULL;
    tg_smime parsed;
    tg_diag diag;
    size_t size = tg_smime_arena_size(a->octets.len);
    memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    if (tg_smime_parse(a->octets, &arena, &parsed, &diag) == TG_OK) {
        a->needs.alg = parsed.alg;
        a->needs.num_recipients = parsed.num_recipients;
    }
    free(memory);
}

static asked ask_of(gate_run *r, const vector *v)
{
    const json_t *keys = json_object_get(v->json, "keys");
    asked a = { .octets = gate_octets_of(&r->keeping, json_object_get(v->json, "octets")),
                .content = gate_octets_of(&r->keeping, json_object_get(json_object_get(v->json, "answer"), "content")),
                .needs = { .alg = TG_SMIME_AES_128_GCM, .num_recipients = 1 } };
    for (size_t i = 0; i < json_array_size(keys) && i < MOST_KEYS; i++) {
        tg_bytes id = gate_octets_of(&r->keeping, json_object_get(json_array_get(keys, i), "id"));
        tg_bytes kek = gate_octets_of(&r->keeping, json_object_get(json_array_get(keys, i), "kek"));
        a.keys[a.num_keys++] = (tgi_kek){ { id.data, id.len }, { kek.data, kek.len } };
        a.needs.wrap_256 = a.needs.wrap_256 || kek.len == 32;
    }
    read_needs(&a);
    return a;
}

static iut_fault ask(gate_run *r, const asked *a, tgi_reply *reply)
{
    *reply = (tgi_reply){ .size = sizeof *reply };
    return iut_open_container(r->u, (tgi_octets){ a->octets.data, a->octets.len }, a->keys, a->num_keys, reply);
}

static bool is_right(const asked *a, const tgi_reply *reply)
{
    return reply->outcome == TGI_ACCEPTED && reply->content.len == a->content.len &&
           (a->content.len == 0 || memcmp(reply->content.data, a->content.data, a->content.len) == 0);
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

/* What a SHOULD asks of senders, and receivers ignore; else by what the vector is an example of. */
static const char *row_of_rest(const vector *v)
{
    const json_t *findings = json_object_get(json_object_get(v->json, "answer"), "findings");
    const tg_requirement *row = tg_requirement_find(json_string_value(json_array_get(findings, 0)));
    if (json_array_size(findings) > 0 && row)
        return row->id;
    if (v->group && strcmp(v->group, "cms_ber") == 0)
        return "RFC5652-3-x01";
    return NULL;
}

static void judge_good(gate_run *r, const gate_case *c, const asked *a, const tgi_reply *reply, gate_verdict *v)
{
    if (is_right(a, reply)) {
        gate_count(v, "TS33328-I.2.1-01", 0, 1);
        gate_count(v, "TS33328-I.2.1-02", 0, 1);
        gate_count(v, "TS33328-I.2.1-03", 0, 1);
        return;
    }
    const char *got = reply->outcome == TGI_ACCEPTED ? "opened to something else"
                      : reply->error                 ? keep_text(v->keeping, "rejected: %s", reply->error)
                                                     : "rejected";
    const char *row = gate_container_blame(r, c, &a->needs, false);
    row = row ? row : row_of_rest(c->vector);
    if (!row) {
        gate_inconclusive(
            v, keep_text(v->keeping, "a container that is good is not opened (%s), though plainer ones of its kind are",
                         got));
        return;
    }
    tg_report_failure *f =
        gate_fail(v, row, TG_SIDE_RECEIVER, "A container that nothing is wrong with does not open to its content.");
    f->expected = "opened";
    f->got = got;
}

/* Could it open the container that this one was made from? Once a run. */
static bool opens_parent(gate_run *r, const gate_case *c)
{
    const vector *parent = vectors_find(c->set, c->vector->parent);
    const char *key = keep_text(&r->keeping, "container %s", c->vector->parent);
    for (size_t i = 0; i < r->num_controls; i++) {
        if (strcmp(r->controls[i].key, key) == 0)
            return r->controls[i].completed;
    }
    if (!parent)
        return false;
    asked a = ask_of(r, parent);
    tgi_reply reply;
    iut_fault fault = ask(r, &a, &reply);
    if (fault != IUT_OK)
        gate_add_breakdown(r, c->id, iut_fault_name(fault), iut_fault_text(r->u), iut_last_words(r->u));
    bool done = fault == IUT_OK && is_right(&a, &reply);
    gate_control_note(r, key, done);
    return done;
}

static void judge_bad(gate_run *r, const gate_case *c, const tgi_reply *reply, gate_verdict *v)
{
    tg_report_failure *f = NULL;
    bool accepted = reply->outcome == TGI_ACCEPTED;
    if (accepted)
        f = gate_fail(v, "RFC5083-2-01", TG_SIDE_RECEIVER, "Content is released though its integrity does not verify.");
    else if (reply->content.len > 0)
        f = gate_fail(v, "RFC5083-2-02", TG_SIDE_RECEIVER,
                      "The container is rejected, and something of its content is told.");
    if (f) {
        f->expected = "rejected, without content";
        f->got = keep_text(v->keeping, "%s, with %zu octets of content", accepted ? "accepted" : "rejected",
                           reply->content.len);
        f->path = text_of(json_object_get(c->vector->json, "change"), "path");
    } else if (!opens_parent(r, c)) {
        gate_inconclusive(v, "it does not open the container that this one was made from either");
        return;
    }
    gate_count(v, "RFC5083-2-01", 0, 1);
    gate_count(v, "RFC5083-2-02", 0, 1);
}

void gate_run_container(gate_run *r, const gate_case *c, tg_report_case *out, gate_verdict *v)
{
    if (c->line) {
        gate_run_made_container(r, c, out, v);
        return;
    }
    asked a = ask_of(r, c->vector);
    tgi_reply reply;
    out->octets = a.octets;
    iut_fault fault = ask(r, &a, &reply);
    if (fault != IUT_OK)
        gate_note_breakdown(r, c, fault, out, v);
    else if (reply.outcome == TGI_UNSUPPORTED)
        gate_inconclusive(v, "the implementation does not support it");
    else if (gate_container_kind_of(c->vector) == GATE_CONTAINER_OPENS)
        judge_good(r, c, &a, &reply, v);
    else
        judge_bad(r, c, &reply, v);
}
