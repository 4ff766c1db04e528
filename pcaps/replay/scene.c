/* A conversation gone through once more, with somebody else in one of its roles. */
#include <stdlib.h>

#include "replaying.h"
#include "ticketgate/registry_values.h"

/* A message as it has become. */
typedef struct line {
    size_t model; /* the captured message that it is, or stands for; SIZE_MAX: none */
    bool said;    /* by somebody: not made of its model */
    uint8_t *octets;
    size_t len;
    tg_sender from;
    char ex[24];
} line;

struct tgp_replay_scene {
    const tgp_replay *replay;
    uint64_t conversation;
    line lines[TG_RESEAL_MAX_MESSAGES];
    size_t num;
};

const tg_known *tgp_replay_known(const tgp_replay *r, uint64_t conversation)
{
    const tgr_conversation *c = tgr_conversation_of(r, conversation);
    return c && c->has_keys ? &c->known : NULL;
}

tgp_replay_scene *tgp_replay_scene_new(const tgp_replay *replay, uint64_t conversation)
{
    tgp_replay_scene *s = calloc(1, sizeof *s);
    if (s) {
        s->replay = replay;
        s->conversation = conversation;
    }
    return s;
}

void tgp_replay_scene_drop(tgp_replay_scene *s)
{
    if (s->num > 0)
        free(s->lines[--s->num].octets);
}

void tgp_replay_scene_free(tgp_replay_scene *s)
{
    while (s && s->num > 0)
        tgp_replay_scene_drop(s);
    free(s);
}

size_t tgp_replay_scene_num(const tgp_replay_scene *s)
{
    return s->num;
}

/* NULL: there is no room. */
static line *new_line(tgp_replay_scene *s, tg_bytes octets, size_t model, const char *ex)
{
    uint8_t *copy = s->num < TG_RESEAL_MAX_MESSAGES ? malloc(octets.len + 1) : NULL;
    if (!copy)
        return NULL;
    if (octets.len > 0)
        memcpy(copy, octets.data, octets.len);
    line *l = &s->lines[s->num++];
    *l = (line){ .model = model, .octets = copy, .len = octets.len };
    size_t len = ex ? strlen(ex) : 0;
    memcpy(l->ex, ex ? ex : "", len < sizeof l->ex ? len : sizeof l->ex - 1);
    return l;
}

/* As the judge takes it. */
static tg_sent sent_of(const tgp_replay_scene *s, size_t index)
{
    const line *l = &s->lines[index];
    tg_sent sent = { .octets = tg_bytes_of(l->octets, l->len), .ex = l->ex[0] ? l->ex : NULL, .from = l->from };
    const tgp_replay_message *m = l->model != SIZE_MAX ? &s->replay->messages[l->model] : NULL;
    if (m && m->has_m_lines) {
        sent.has_m_lines = true;
        sent.m_lines = m->m_lines;
        sent.num_m_lines = m->num_m_lines;
    }
    return sent;
}

bool tgp_replay_scene_say(tgp_replay_scene *s, tg_bytes octets, tg_sender from, const char *ex, size_t instead_of)
{
    line *l = new_line(s, octets, instead_of, ex);
    if (!l)
        return false;
    l->said = true;
    l->from = from;
    return true;
}

bool tgp_replay_scene_judge_all(const tgp_replay_scene *s, const tg_known *known, uint64_t now,
                                tgp_replay_take_all take, void *user)
{
    tg_sent *sent = calloc(s->num + 1, sizeof *sent);
    tg_known *at = malloc(sizeof *at);
    bool ok = sent && at;
    for (size_t i = 0; ok && i < s->num; i++)
        sent[i] = sent_of(s, i);
    if (ok) {
        *at = *known;
        at->has_now = true;
        at->now = now;
        ok = tgr_judge_all(s->replay->crypto, at, sent, s->num, take, user);
        tg_wipe(at, sizeof *at);
    }
    free(at);
    free(sent);
    return ok;
}

bool tgp_replay_scene_judge(const tgp_replay_scene *s, const tg_known *known, uint64_t now, size_t index,
                            tgp_replay_take take, void *user)
{
    tgr_one_of_all one = { index, take, user };
    return tgp_replay_scene_judge_all(s, known, now, tgr_take_one, &one);
}

/* ---- what a message takes over -------------------------------------------------------------------------------- */

typedef struct parsed {
    void *memory;
    tg_message *message; /* NULL: it does not parse */
} parsed;

static bool parse(tg_bytes octets, parsed *out)
{
    size_t size = tg_message_arena_size(octets.len);
    *out = (parsed){ .memory = malloc(size) };
    tg_arena arena = tg_arena_of(out->memory, out->memory ? size : 0);
    if (out->memory && tg_message_parse(octets, &arena, &out->message, NULL) != TG_OK)
        out->message = NULL;
    return out->memory != NULL;
}

static const tg_randr *rand_of(const tg_message *message, uint8_t role, tg_bytes octets)
{
    for (const tg_payload *p = message->payloads; p; p = p->next) {
        const tg_randr *r = p->type == TG_PAYLOAD_RANDR ? (const tg_randr *)p : NULL;
        if (r && r->rand_role == role && (!octets.data || tg_bytes_equal(r->rand, octets)))
            return r;
    }
    return NULL;
}

static uint64_t number_of(tg_bytes octets)
{
    uint64_t number = 0;
    for (size_t i = 0; i < octets.len; i++)
        number = number << 8 | octets.data[i];
    return number;
}

/* On a line that goes on beyond 2036 (tg_ntp_order); counters as they are. */
static uint64_t order_of(const tg_t *t)
{
    uint64_t number = number_of(t->ts_value);
    if (t->ts_type == TG_TS_COUNTER)
        return number;
    return t->ts_value.len == 8 ? tg_ntp_order(number) : tg_ntp_order(number << 32) >> 32;
}

static void put(const tg_message *message, uint8_t *octets, tg_bytes field, tg_bytes value)
{
    if (field.len == value.len && field.len > 0)
        memcpy(octets + (field.data - message->octets.data), value.data, value.len);
}

static const tg_t *t_of(const tg_message *message)
{
    return message ? (const tg_t *)tg_payload_find(message->payloads, TG_PAYLOAD_T) : NULL;
}

static bool are_alike(const tg_t *a, const tg_t *b)
{
    return a && b && a->ts_type == b->ts_type && a->ts_value.len == b->ts_value.len;
}

/* As they were captured. */
static bool was_later(const tgp_replay_message *one, const tgp_replay_message *other, bool *later)
{
    parsed a = { NULL, NULL }, b = { NULL, NULL };
    bool ok = parse(one->was, &a) && parse(other->was, &b);
    const tg_t *mine = t_of(a.message), *his = t_of(b.message);
    *later = are_alike(mine, his) && order_of(mine) > order_of(his);
    free(a.memory);
    free(b.memory);
    return ok;
}

/* What came after his message in the capture comes after what he says now, too. */
static void take_over_time(const tg_message *message, const tg_message *said, uint8_t *octets)
{
    const tg_t *t = t_of(message), *of_said = t_of(said);
    if (!are_alike(t, of_said))
        return;
    uint8_t *at = octets + (t->ts_value.data - message->octets.data);
    const tg_t now = { .ts_type = t->ts_type, .ts_value = tg_bytes_of(at, t->ts_value.len) };
    if (order_of(&now) > order_of(of_said))
        return;
    uint64_t later = number_of(of_said->ts_value) + 1;
    for (size_t i = t->ts_value.len; i > 0; i--, later >>= 8)
        at[i - 1] = (uint8_t)later;
}

static void take_over(const tg_message *message, const tg_message *model, const tg_message *said, uint8_t *octets)
{
    if (message->hdr.csb_id == model->hdr.csb_id && said->octets.len >= 8)
        memcpy(octets + 4, said->octets.data + 4, 4); /* RFC 3830 6.1 */
    for (const tg_payload *p = message->payloads; p; p = p->next) {
        const tg_randr *mine = p->type == TG_PAYLOAD_RANDR ? (const tg_randr *)p : NULL;
        const tg_randr *his = mine && rand_of(model, mine->rand_role, mine->rand)
                                  ? rand_of(said, mine->rand_role, tg_bytes_of(NULL, 0))
                                  : NULL;
        if (his)
            put(message, octets, mine->rand, his->rand);
    }
}

static tg_status change(void *user, size_t index, const tg_message *message, uint8_t *octets)
{
    const tgp_replay_scene *s = user;
    bool ok = true;
    for (size_t i = 0; i < index && ok; i++) {
        const line *l = &s->lines[i];
        parsed model = { NULL, NULL }, said = { NULL, NULL };
        if (!l->said || l->model == SIZE_MAX)
            continue;
        const tgp_replay_message *his = &s->replay->messages[l->model];
        size_t mine = s->lines[index].model;
        bool later = false;
        ok = parse(his->octets, &model) && parse(tg_bytes_of(l->octets, l->len), &said) &&
             (mine == SIZE_MAX || was_later(&s->replay->messages[mine], his, &later));
        if (ok && model.message && said.message)
            take_over(message, model.message, said.message, octets);
        if (ok && later && said.message)
            take_over_time(message, said.message, octets);
        free(model.memory);
        free(said.memory);
    }
    return ok ? TG_OK : TG_NO_MEMORY;
}

/* ---- a captured message ---------------------------------------------------------------------------------------- */

static tg_bytes instead(void *user, size_t index)
{
    const tgp_replay_scene *s = user;
    bool is_last = index + 1 == s->num;
    return is_last ? tg_bytes_of(NULL, 0) : tg_bytes_of(s->lines[index].octets, s->lines[index].len);
}

/* The messages as the replay has them; where nothing of it stands, one that nobody learns from. */
static size_t list_models(const tgp_replay_scene *s, tg_sent *out)
{
    static const uint8_t nothing[1] = { 0 };
    size_t octets = 0;
    for (size_t i = 0; i < s->num; i++) {
        const line *l = &s->lines[i];
        const tgp_replay_message *m = l->model != SIZE_MAX ? &s->replay->messages[l->model] : NULL;
        out[i] = sent_of(s, i);
        out[i].octets = m ? m->octets : tg_bytes_of(nothing, sizeof nothing);
        if (m) {
            out[i].ex = m->ex[0] ? m->ex : NULL;
            out[i].from = m->from;
        }
        octets += l->len > out[i].octets.len ? l->len : out[i].octets.len;
    }
    return octets;
}

/* Seals the last line, a captured message, to what stands before it. */
static bool seal_last(tgp_replay_scene *s, uint64_t now, tg_reseal_outcome *outcome)
{
    const tgr_conversation *c = tgr_conversation_of(s->replay, s->conversation);
    tg_sent *sent = calloc(s->num, sizeof *sent);
    tg_resealed *out = calloc(s->num, sizeof *out);
    tg_known *before = malloc(sizeof *before), *after = malloc(sizeof *after);
    bool ok = c && sent && out && before && after;
    size_t size = ok ? tg_reseal_arena_size(list_models(s, sent), s->num) : 0;
    void *memory = ok ? malloc(size) : NULL;
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    const tg_reseal_plan plan = { .change = change, .user = s, .instead = instead };
    if (memory) {
        *before = *after = c->known;
        if (c->fresh)
            before->now = c->now;
        after->has_now = true;
        after->now = now;
        ok = tg_reseal(s->replay->crypto, before, after, sent, s->num, &plan, &arena, out) == TG_OK;
    }
    ok = ok && memory;
    if (ok) {
        memcpy(s->lines[s->num - 1].octets, out[s->num - 1].octets.data, s->lines[s->num - 1].len);
        *outcome = out[s->num - 1].outcome;
    }
    tg_arena_wipe(&arena, 0);
    free(memory);
    if (before)
        tg_wipe(before, sizeof *before);
    if (after)
        tg_wipe(after, sizeof *after);
    free(before);
    free(after);
    free(out);
    free(sent);
    return ok;
}

bool tgp_replay_scene_give(tgp_replay_scene *s, size_t message, uint64_t now, tg_bytes *out, tg_reseal_outcome *sealed)
{
    const tgp_replay_message *m = &s->replay->messages[message];
    bool changed = false;
    for (size_t i = 0; i < s->num; i++)
        changed = changed || s->lines[i].said;
    line *l = new_line(s, m->octets, message, m->ex);
    if (!l)
        return false;
    l->from = m->from;
    *sealed = m->resealed ? m->outcome : TG_RESEAL_SEALED;
    if (changed && m->parses && !seal_last(s, now, sealed)) {
        tgp_replay_scene_drop(s);
        return false;
    }
    *out = tg_bytes_of(l->octets, l->len);
    return true;
}
