/* Cases in which the IUT makes containers: several of one kind, each judged with each of its keys, and compared. */
#include <stdlib.h>
#include <string.h>

#include "gate_blame.h"
#include "gate_container.h"
#include "gate_judged.h"
#include "gate_plan.h"

enum { TIMES = 3, MOST_KEYS = 4, SIZE_TAG_RECOMMENDED = 12 };

typedef struct order {
    tgi_container what;
    tgi_kek keys[MOST_KEYS];
    gate_container_needs needs;
    tg_bytes content;
} order;

/* What was drawn for one. */
typedef struct drawn {
    uint8_t cek[TG_SMIME_CEK_MAX];
    size_t cek_len;
    tg_bytes nonce;
} drawn;

/* The words of the line; cases.py has checked them. */
static void read_order(gate_run *r, const gate_case *c, order *o)
{
    const char *plan = c->line->plan, *tag = gate_word_value(&r->keeping, plan, "tag"), **keks;
    const char *len = gate_word_value(&r->keeping, plan, "length");
    size_t num = gate_split(&r->keeping, gate_word_value(&r->keeping, plan, "keks"), ",", &keks);
    *o = (order){ .what = { .size = sizeof o->what, .algorithm = gate_word_value(&r->keeping, plan, "algorithm") } };
    for (size_t i = 0; i < num && i < MOST_KEYS; i++) {
        size_t kek_len = strtoul(keks[i], NULL, 10);
        tg_bytes kek = gate_container_octets(r, keep_text(&r->keeping, "%s kek %zu", c->id, i), kek_len);
        tg_bytes id = gate_container_octets(r, keep_text(&r->keeping, "%s id %zu", c->id, i), 4);
        o->keys[o->what.num_keys++] = (tgi_kek){ { id.data, id.len }, { kek.data, kek.len } };
        o->needs.wrap_256 = o->needs.wrap_256 || kek_len == 32;
    }
    o->content =
        gate_container_octets(r, keep_text(&r->keeping, "%s content", c->id), len ? strtoul(len, NULL, 10) : 100);
    o->what.keys = o->keys;
    o->what.content = (tgi_octets){ o->content.data, o->content.len };
    o->what.tag_len = (uint8_t)(tag ? strtoul(tag, NULL, 10) : SIZE_TAG_RECOMMENDED);
    o->needs.num_recipients = o->what.num_keys;
    if (!tg_smime_alg_from_name(o->what.algorithm, &o->needs.alg))
        o->needs.alg = TG_SMIME_AES_128_GCM;
}

static bool is_gcm(tg_smime_alg alg)
{
    return alg == TG_SMIME_AES_128_GCM || alg == TG_SMIME_AES_256_GCM;
}

/* ---- one container ------------------------------------------------------------------------------------------ */

static void fail(gate_verdict *v, const char *row, const char *what, const char *expected, const char *got)
{
    tg_report_failure *f = gate_fail(v, row, TG_SIDE_SENDER, what);
    f->expected = expected;
    f->got = got;
}

/* A tag of another length than 12 octets was asked for: the SHOULD is not its own. */
static bool was_asked_for(const order *o, const char *id)
{
    return o->what.tag_len != SIZE_TAG_RECOMMENDED &&
           (strcmp(id, "RFC5084-3.1-06") == 0 || strcmp(id, "RFC5084-3.2-05") == 0);
}

static void blame_findings(gate_run *r, const order *o, const tg_smime_judgement *j, gate_verdict *v)
{
    for (size_t i = 0; i < j->num_findings; i++) {
        const tg_finding *found = j->findings[i];
        bool is_must = found->requirement->level == TG_LEVEL_MUST;
        if (was_asked_for(o, found->requirement->id) || (r->must_only && !is_must))
            continue;
        tg_report_failure *f = gate_fail(v, found->requirement->id, TG_SIDE_SENDER, found->requirement->text);
        f->path = keep_text(v->keeping, "%s", found->path);
        f->got = keep_text(v->keeping, "%s", found->text);
        f->has_place = true;
        f->offset = found->offset;
        f->length = found->length;
    }
}

static void judge_opened(const order *o, const tg_smime_judgement *j, gate_verdict *v)
{
    const tg_smime *s = &j->container;
    if (j->content.len != o->content.len ||
        (o->content.len > 0 && memcmp(j->content.data, o->content.data, o->content.len) != 0))
        fail(v, "TS33328-I.2.1-05", "What is in the container is not what was to be protected.",
             "the content as it was given", "something else");
    if (s->alg != o->needs.alg)
        fail(v, "TS33328-I.2.1-01", "The content is protected with another algorithm than was asked for.",
             o->what.algorithm, tg_smime_alg_name(s->alg));
    else if (s->mac.len != o->what.tag_len)
        gate_inconclusive(v, "the tag has another length than was asked for");
}

/* With the key of one recipient. Beside it stands one for nobody: a key alone would be tried under every identifier. False:
 * no memory. */
static bool judge_with(gate_run *r, const order *o, tg_bytes octets, size_t recipient, drawn *out, gate_verdict *v)
{
    static const uint8_t nobody[32] = "a key identifier that nobody has";
    const tgi_kek *own = &o->keys[recipient];
    tg_smime_key keys[] = { { tg_bytes_of(own->id.data, own->id.len), tg_bytes_of(own->kek.data, own->kek.len) },
                            { tg_bytes_of(nobody, sizeof nobody), tg_bytes_of(nobody, 16) } };
    tg_smime_opening how = { .keys = keys, .num_keys = 2 };
    size_t size = tg_smime_judge_arena_size(octets.len);
    uint8_t *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    tg_smime_judgement *j = keep_memory(v->keeping, sizeof *j);
    bool ok = tg_smime_judge(r->crypto, octets, tg_profile_find("ims-message"), &how, &arena, j) == TG_OK;
    if (ok) {
        blame_findings(r, o, j, v);
        if (j->outcome == TG_SMIME_OPENED)
            judge_opened(o, j, v);
        else if (j->parse == TG_OK && j->outcome == TG_SMIME_NO_KEY)
            fail(v, "TS33328-I.2.1-02", "There is no KEKRecipientInfo for one of the keys.",
                 "a keyIdentifier as it was given", "none");
        else if (v->num_failures == 0) /* the findings say why, mostly */
            fail(v, "TS33328-I.2.1-05", "The container cannot be opened.", "opened", tg_smime_outcome_name(j->outcome));
        out->cek_len = j->outcome == TG_SMIME_OPENED ? j->opened.cek_len : 0;
        memcpy(out->cek, j->opened.cek, out->cek_len);
        out->nonce = j->container.nonce; /* in the octets, which are kept */
    }
    tg_wipe(&j->opened, sizeof j->opened);
    *j = (tg_smime_judgement){ 0 };
    tg_arena_wipe(&arena, 0);
    free(memory);
    return ok;
}

/* ---- several ------------------------------------------------------------------------------------------------ */

static bool same(const uint8_t *a, size_t len, const uint8_t *b, size_t other)
{
    return len == other && len > 0 && memcmp(a, b, len) == 0;
}

/* A nonce is unique for its key (RFC 5084 1.4, 1.5): the same under another key breaks nothing. The same with the same key is
 * the graver fault, and blamed alone. */
static void compare(const order *o, const drawn *all, gate_verdict *v)
{
    for (size_t i = 1; i < TIMES; i++) {
        for (size_t n = 0; n < i; n++) {
            if (!same(all[i].cek, all[i].cek_len, all[n].cek, all[n].cek_len))
                continue;
            if (same(all[i].nonce.data, all[i].nonce.len, all[n].nonce.data, all[n].nonce.len))
                fail(v, is_gcm(o->needs.alg) ? "RFC5084-1.5-01" : "RFC5084-1.4-01",
                     "Two containers have the same content key and the same nonce.",
                     "a nonce that is unique for its key", "the same");
            else
                fail(v, "TS33328-I.2.1-04", "Two containers have the same content key.", "a content key of its own",
                     "the same");
        }
    }
}

static void not_made(gate_run *r, const gate_case *c, const order *o, const tgi_reply *reply, gate_verdict *v)
{
    const char *got = reply->error ? keep_text(v->keeping, "rejected: %s", reply->error) : "rejected";
    const char *row = gate_container_blame(r, c, &o->needs, true); /* the reply is gone then */
    if (row)
        fail(v, row, "A container that clients have to be able to make is not made.", "made", got);
    else
        gate_inconclusive(
            v, keep_text(v->keeping, "this container is not made (%s), though plainer ones of its kind are", got));
}

/* False: it is over. */
static bool make_one(gate_run *r, const gate_case *c, const order *o, drawn *out, tg_report_case *report,
                     gate_verdict *v)
{
    tgi_reply reply = { .size = sizeof reply };
    iut_fault fault = iut_make_container(r->u, &o->what, &reply);
    if (fault != IUT_OK)
        gate_note_breakdown(r, c, fault, report, v);
    else if (reply.outcome == TGI_UNSUPPORTED)
        gate_inconclusive(v, "the implementation does not support it");
    else if (reply.outcome != TGI_ACCEPTED)
        not_made(r, c, o, &reply, v);
    else if (reply.container.len == 0)
        gate_inconclusive(v, "it accepts, and there is no container");
    if (v->verdict != TG_VERDICT_PASSED)
        return false;
    uint8_t *copy = keep_memory(&r->keeping, reply.container.len);
    memcpy(copy, reply.container.data, reply.container.len);
    report->octets = tg_bytes_of(copy, reply.container.len);
    for (size_t i = 0; i < o->what.num_keys && v->verdict == TG_VERDICT_PASSED; i++) {
        if (!judge_with(r, o, report->octets, i, out, v))
            gate_inconclusive(v, "the container is beyond the limits of the judge");
    }
    return v->verdict == TG_VERDICT_PASSED;
}

void gate_run_made_container(gate_run *r, const gate_case *c, tg_report_case *out, gate_verdict *v)
{
    order o;
    drawn all[TIMES] = { 0 };
    read_order(r, c, &o);
    size_t made = 0;
    while (made < TIMES && make_one(r, c, &o, &all[made], out, v))
        made++;
    if (made == TIMES) {
        compare(&o, all, v);
        gate_count(v, "TS33328-I.2.1-01", made, 0);
        gate_count(v, "TS33328-I.2.1-02", made, 0);
        gate_count(v, "TS33328-I.2.1-03", made, 0);
        gate_count(v, "TS33328-I.2.1-04", made, 0);
        gate_count(v, is_gcm(o.needs.alg) ? "RFC5084-1.5-01" : "RFC5084-1.4-01", made, 0);
    }
    tg_wipe(all, sizeof all);
}
