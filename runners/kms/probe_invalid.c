/* Cases of the probe: requests that break a rule, each from a valid one by one change. */
#include <stdlib.h>

#include "probing.h"
#include "ticketgate/message.h"

enum { FLIPS = 64 };

static bool make(probe *p, const asking_options *o, bool resolves, asked *q)
{
    asking_options of_request = { .only = o->only };
    const char *why;
    if (resolves) {
        if (!probe_ticket(p, &of_request, q))
            return false;
        why = asker_resolve(&p->asker, o, q);
    } else {
        why = asker_request(&p->asker, o, q);
    }
    if (why)
        p->inconclusive = keep_text(&p->k, "the message could not be made: %s", why);
    return !why;
}

/* Where the form of the body is told by its first octet, only base64 brings another version to the KMS. */
static void post_last(probe *p, const asked *q, probe_said *said)
{
    tg_bytes octets = q->sent[q->num - 1].octets;
    bool hidden = p->m.body == KMS_BODY_EITHER && octets.len > 0 && octets.data[0] != 1;
    probe_post(p, q->sent[q->num - 1].from, hidden ? KMS_BODY_BASE64 : p->form, octets, said);
}

/* ---- deviations --------------------------------------------------------------------------------------------- */

/* Does the judge find the row in the question? If not, the change shows nothing of it. */
static bool shows(probe *p, const asked *q, const char *row)
{
    const tg_judgement *j = NULL;
    if (!asker_judge(&p->asker, q, (tg_bytes){ NULL, 0 }, &j))
        return false;
    if (j->parse != TG_OK)
        return strcmp(j->diag.id, row) == 0;
    for (size_t i = 0; i < j->num_findings; i++) {
        if (strcmp(j->findings[i]->requirement->id, row) == 0)
            return true;
    }
    return false;
}

/* Of a row that binds both sides, "a" is the sender's part and "b" the receiver's. */
static const char *receivers_row(probe *p, const char *row)
{
    size_t len = strlen(row);
    if (len == 0 || row[len - 1] != 'a')
        return row;
    const char *other = keep_text(&p->k, "%.*sb", (int)len - 1, row);
    return tg_requirement_find(other) ? other : row;
}

static void judge_reception(probe *p, const asked *q, const probe_said *said, const char *row)
{
    const tg_requirement *requirement = tg_requirement_find(row);
    switch (requirement ? requirement->on_receive : TG_ON_RECEIVE_EITHER) {
    case TG_ON_RECEIVE_REJECT:
        (void)probe_is_refusal(p, q, said, row, "what has to be rejected");
        break;
    case TG_ON_RECEIVE_IGNORE:
        if (!probe_is_right(p, q, said, "what has to be ignored") && p->num_failures > 0 &&
            !p->failures[p->num_failures - 1].requirement)
            p->failures[p->num_failures - 1].requirement = receivers_row(p, row);
        break;
    default:
        (void)probe_is_answer(p, said, "what may be rejected");
        break;
    }
}

static bool shows_here(const probe *p, const tg_deviation *deviation)
{
    return strcmp(p->d->known.profile.name, deviation->profile ? deviation->profile : "rfc6043") == 0;
}

/* Without the change it is answered right? Else a refusal says nothing about the change. */
static bool control_is_right(probe *p, const asking_options *o, bool resolves)
{
    asking_options without = *o;
    asked q;
    probe_said said;
    without.deviation = NULL;
    bool made = make(p, &without, resolves, &q), right = false;
    if (made) {
        post_last(p, &q, &said);
        right = probe_is_right(p, &q, &said, "without the change");
    }
    asked_free(&q);
    p->num_failures = 0; /* other cases are about it */
    p->octets = (tg_bytes){ NULL, 0 };
    if (made && !right)
        p->inconclusive = "without the change it is not answered rightly either";
    return right;
}

static void run_deviation(probe *p, const probe_case *c)
{
    const tg_deviation *deviation = c->arg;
    asking_options o = { .deviation = deviation,
                         .pk = deviation->data_type == TG_DATA_TYPE_REQUEST_INIT_PK ||
                               deviation->data_type == TG_DATA_TYPE_RESOLVE_INIT_PK };
    bool resolves =
        deviation->data_type == TG_DATA_TYPE_RESOLVE_INIT_PSK || deviation->data_type == TG_DATA_TYPE_RESOLVE_INIT_PK;
    const tg_requirement *row = tg_requirement_find(deviation->breaks);
    asked q;
    probe_said said;
    if (row && row->on_receive == TG_ON_RECEIVE_IGNORE && !control_is_right(p, &o, resolves))
        return;
    if (make(p, &o, resolves, &q)) {
        if (shows(p, &q, deviation->breaks)) {
            post_last(p, &q, &said);
            judge_reception(p, &q, &said, deviation->breaks);
        } else if (shows_here(p, deviation)) {
            p->inconclusive = keep_text(&p->k, "the change does not show %s here", deviation->breaks);
        } else {
            p->skipped = keep_text(&p->k, "the change does not show %s under this profile", deviation->breaks);
        }
    }
    asked_free(&q);
}

static bool concerns_kms(const tg_deviation *d)
{
    bool sends = d->model || d->keys || d->octets;
    return sends && d->data_type >= 0 && d->update != 1 &&
           (d->data_type == TG_DATA_TYPE_REQUEST_INIT_PSK || d->data_type == TG_DATA_TYPE_REQUEST_INIT_PK ||
            d->data_type == TG_DATA_TYPE_RESOLVE_INIT_PSK || d->data_type == TG_DATA_TYPE_RESOLVE_INIT_PK);
}

static void add_deviations(probe *p, probe_list *list)
{
    size_t num;
    const tg_deviation *all = tg_deviations(&num);
    for (size_t i = 0; i < num; i++) {
        if (!concerns_kms(&all[i]) || (all[i].profile && !shows_here(p, &all[i])))
            continue;
        probe_case *c =
            probe_add(list, keep_text(&p->k, "kms-deviation-%s", all[i].name), all[i].title, "rules", run_deviation);
        c->arg = &all[i];
        c->clause = all[i].breaks;
        c->needs_pk =
            all[i].data_type == TG_DATA_TYPE_REQUEST_INIT_PK || all[i].data_type == TG_DATA_TYPE_RESOLVE_INIT_PK;
    }
}

/* ---- who may, and when -------------------------------------------------------------------------------------- */

typedef struct wrong {
    asking_options o;
    bool resolves;
} wrong;

static void run_wrong(probe *p, const probe_case *c)
{
    const wrong *w = c->arg;
    asked q;
    probe_said said;
    if (make(p, &w->o, w->resolves, &q)) {
        post_last(p, &q, &said);
        (void)probe_is_refusal(p, &q, &said, c->clause, c->title);
    }
    asked_free(&q);
}

/* The same octets a second time: the first one is answered. */
static void run_replay(probe *p, const probe_case *c)
{
    const wrong *w = c->arg;
    asked q;
    probe_said said;
    if (make(p, &w->o, w->resolves, &q)) {
        post_last(p, &q, &said);
        if (probe_is_right(p, &q, &said, "the first time")) {
            post_last(p, &q, &said);
            (void)probe_is_refusal(p, &q, &said, c->clause, "the second time");
        }
    }
    asked_free(&q);
}

/* A ticket for Alice alone, which Bob has come by. */
static void run_not_allowed(probe *p, const probe_case *c)
{
    asking_options o = { .only = &p->d->known.i };
    asked q;
    probe_said said;
    if (make(p, &o, true, &q)) {
        post_last(p, &q, &said);
        (void)probe_is_refusal(p, &q, &said, c->clause, c->title);
    }
    asked_free(&q);
}

/* ---- tickets ------------------------------------------------------------------------------------------------ */

/* The last octet of the MAC in Ticket Data, or (`vr`) in Initiator Data, of the TRANSFER_INIT that goes to the Responder; he
 * has no key to see it with, and asks the KMS. */
static bool spoil_ticket(probe *p, asked *q, bool vr)
{
    size_t len = 0, size = 0;
    uint8_t *octets = asked_octets(q, &len);
    size = tg_message_arena_size(len);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    tg_message *message = NULL;
    const tg_payload *last = NULL;
    if (memory && tg_message_parse(tg_bytes_of(octets, len), &arena, &message, NULL) == TG_OK) {
        const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
        last = ticket ? tg_payload_last(vr ? ticket->initiator_data.payloads : ticket->ticket_data.payloads) : NULL;
    }
    bool found = last && last->type == TG_PAYLOAD_V && ((const tg_v *)last)->ver_data.len > 0;
    if (found) {
        tg_bytes mac = ((const tg_v *)last)->ver_data;
        octets[(size_t)(mac.data - octets) + mac.len - 1] ^= 1;
    } else {
        p->skipped = "there is no such MAC in the ticket";
    }
    free(memory);
    return found;
}

static void run_ticket(probe *p, const probe_case *c)
{
    const bool *vr = c->arg;
    asked q;
    probe_said said;
    if (probe_ticket(p, &probe_as_usual, &q) && spoil_ticket(p, &q, *vr)) {
        const char *why = asker_resolve(&p->asker, &probe_as_usual, &q);
        if (why) {
            p->inconclusive = keep_text(&p->k, "no RESOLVE_INIT could be made: %s", why);
        } else {
            post_last(p, &q, &said);
            (void)probe_is_refusal(p, &q, &said, c->clause, c->title);
        }
    }
    asked_free(&q);
}

/* ---- octets ------------------------------------------------------------------------------------------------- */

/* One bit after the other, in places all over the message: its MAC covers all of them. */
static void run_flips(probe *p, const probe_case *c)
{
    const wrong *w = c->arg;
    asked q;
    probe_said said;
    size_t len = 0;
    if (!make(p, &w->o, w->resolves, &q)) {
        asked_free(&q);
        return;
    }
    uint8_t *octets = asked_octets(&q, &len);
    for (size_t i = 0; i < FLIPS && p->num_failures == 0 && !p->inconclusive; i++) {
        size_t at = i * len / FLIPS;
        octets[at] ^= (uint8_t)(1u << i % 8);
        post_last(p, &q, &said);
        (void)probe_is_refusal(p, &q, &said, c->clause, keep_text(&p->k, "bit %zu of octet %zu", i % 8, at));
        octets[at] ^= (uint8_t)(1u << i % 8);
    }
    asked_free(&q);
}

static void run_cuts(probe *p, const probe_case *c)
{
    asked q;
    probe_said said;
    if (!make(p, &probe_as_usual, false, &q)) {
        asked_free(&q);
        return;
    }
    size_t len = q.sent[0].octets.len;
    for (size_t i = 1; i <= FLIPS && p->num_failures == 0 && !p->inconclusive; i++) {
        q.sent[0].octets.len = len - (i * (len - 1) / FLIPS ? i * (len - 1) / FLIPS : 1);
        post_last(p, &q, &said);
        (void)probe_is_refusal(p, &q, &said, c->clause,
                               keep_text(&p->k, "the first %zu of %zu octets", q.sent[0].octets.len, len));
    }
    q.sent[0].octets.len = len;
    asked_free(&q);
}

/* A whole message with more behind it. */
static void run_trailing(probe *p, const probe_case *c)
{
    asked q;
    probe_said said;
    if (make(p, &probe_as_usual, false, &q)) {
        size_t len = q.sent[0].octets.len;
        uint8_t *longer = realloc((uint8_t *)(uintptr_t)q.sent[0].octets.data, len + 4);
        if (longer) {
            memset(longer + len, 0, 4);
            q.sent[0].octets = tg_bytes_of(longer, len + 4);
            post_last(p, &q, &said);
            (void)probe_is_refusal(p, &q, &said, c->clause, c->title);
        }
    }
    asked_free(&q);
}

static void run_garbage(probe *p, const probe_case *c)
{
    uint8_t octets[512] = { 0 };
    tg_sent sent = { .octets = tg_bytes_of(octets, sizeof octets), .ex = "request", .from = TG_SENDER_I };
    asked q = { .num = 1 };
    probe_said said;
    for (unsigned i = 0; i < 16 && p->num_failures == 0; i++) {
        if (system_random.fill(NULL, octets, sizeof octets) != TG_OK)
            return;
        octets[0] = 1; /* looks like MIKEY */
        octets[1] = (uint8_t)(TG_DATA_TYPE_REQUEST_INIT_PSK + i % 8);
        sent.octets.len = 1 + 33 * i;
        q.sent[0] = sent;
        post_last(p, &q, &said);
        (void)probe_is_refusal(p, &q, &said, c->clause, keep_text(&p->k, "%zu random octets", sent.octets.len));
    }
}

void probe_add_invalid(probe *p, probe_list *list)
{
    static const wrong request = { { .pk = false }, false }, resolve = { { .pk = false }, true };
    static const wrong fast = { { .clock_off = 3600 }, false }, slow = { { .clock_off = -3600 }, false };
    static const wrong fast_resolve = { { .clock_off = 1800 }, true };
    static const wrong stranger = { { .wrong_psk = true }, false }, strange_resolve = { { .wrong_psk = true }, true };
    static const tg_identity mallory = { true, TG_ID_TYPE_NAI, { (const uint8_t *)"mallory@example.org", 19 } };
    static const wrong unknown = { { .as = &mallory }, false }, unknown_resolve = { { .as = &mallory }, true };
    static const bool yes = true, no = false;
    static const struct {
        const char *id, *title, *clause;
        void (*run)(probe *p, const probe_case *c);
        const void *arg;
    } all[] = {
        { "kms-replay-request", "a REQUEST_INIT comes twice", "RFC3830-5.4-x02", run_replay, &request },
        { "kms-replay-resolve", "a RESOLVE_INIT comes twice", "RFC3830-5.4-x02", run_replay, &resolve },
        { "kms-clock-fast", "a REQUEST_INIT from an hour ahead", "RFC3830-5.4-x01", run_wrong, &fast },
        { "kms-clock-slow", "a REQUEST_INIT an hour old", "RFC3830-5.4-x01", run_wrong, &slow },
        { "kms-clock-resolve", "a RESOLVE_INIT from half an hour ahead", "RFC3830-5.4-x01", run_wrong, &fast_resolve },
        { "kms-key-request", "a REQUEST_INIT with a key of somebody else", "RFC6043-4.2.1.2-04", run_wrong, &stranger },
        { "kms-key-resolve", "a RESOLVE_INIT with a key of somebody else", "RFC6043-4.2.3.2-04", run_wrong,
          &strange_resolve },
        { "kms-unknown-request", "a REQUEST_INIT of nobody that the KMS knows", "RFC6043-4.2.1.2-04", run_wrong,
          &unknown },
        { "kms-unknown-resolve", "a RESOLVE_INIT of nobody that the KMS knows", "RFC6043-4.2.3.2-04", run_wrong,
          &unknown_resolve },
        { "kms-not-allowed", "a Responder whom the ticket does not name", "RFC6043-4.2.3.4-01", run_not_allowed, NULL },
        { "kms-ticket-altered", "a ticket whose MAC is wrong", "RFC6043-A.1-08", run_ticket, &no },
        { "kms-vr-altered", "Initiator Data whose Vr is wrong", "RFC6043-6.10-30", run_ticket, &yes },
        { "kms-flips-request", "a REQUEST_INIT_PSK with one bit changed", "RFC6043-4.2.1.2-04", run_flips, &request },
        { "kms-flips-resolve", "a RESOLVE_INIT_PSK with one bit changed", "RFC6043-4.2.3.2-04", run_flips, &resolve },
        { "kms-cuts", "a REQUEST_INIT_PSK whose end is missing", NULL, run_cuts, NULL },
        { "kms-trailing", "octets behind a REQUEST_INIT_PSK", NULL, run_trailing, NULL },
        { "kms-garbage", "random octets", NULL, run_garbage, NULL },
    };
    add_deviations(p, list);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        probe_case *c = probe_add(list, all[i].id, all[i].title, "requests to be refused", all[i].run);
        c->clause = all[i].clause;
        c->arg = all[i].arg;
    }
}
