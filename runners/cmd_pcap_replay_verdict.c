/* pcap replay --as: what an implementation did with a step, beside what the library expects and what was captured. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd_pcap_replay_play.h"
#include "ticketgate/registry_values.h"

enum { MOST_TURNS = 4 /* with a KMS of the library, in one step */ };

static const char *const expected_names[] = { "accept", "accept or reject", "reject", "" };

const char *play_expected_name(play_expected expected)
{
    return expected_names[expected];
}

static void append(char *out, size_t size, const char *format, va_list arguments)
{
    size_t len = strlen(out);
    if (len > 0)
        len += (size_t)snprintf(out + len, size - len, "; ");
    if (len < size)
        vsnprintf(out + len, size - len, format, arguments);
}

void play_note(verdict *v, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(v->note, sizeof v->note, format, arguments);
    va_end(arguments);
}

static void add_got(verdict *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_got(verdict *v, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(v->got, sizeof v->got, format, arguments);
    va_end(arguments);
}

static void add_captured(verdict *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_captured(verdict *v, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(v->captured, sizeof v->captured, format, arguments);
    va_end(arguments);
}

void play_blame(verdict *v, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(v->note, sizeof v->note, format, arguments);
    va_end(arguments);
    v->outcome = REPLAY_DIFFERS;
}

/* ---- a message that it sent ---------------------------------------------------------------------------------------- */

/* The exchange that it belongs to: that of its model, the captured message that it stands for; a RESOLVE_INIT begins one of its own, and what a
 * Responder sends to the Initiator belongs to the TRANSFER_INIT that it got last. */
static void name_exchange(const played *p, size_t step, size_t model, int type, tg_sender to, char out[24])
{
    const role_cast *c = p->cast;
    unsigned resolves = 0;
    size_t line = model != SIZE_MAX ? model : step;
    for (size_t k = 0; k < c->num; k++)
        resolves += c->lines[k].to == TG_SENDER_K && strncmp(c->lines[k].m->ex, "resolve", 7) == 0;
    for (size_t k = step + 1; model == SIZE_MAX && c->who == TG_SENDER_R && k-- > 0;) {
        if (role_receives(c, k, p->actor) && play_type_at(p, k) == TG_DATA_TYPE_TRANSFER_INIT) {
            line = k;
            break;
        }
    }
    if (model == SIZE_MAX && c->who == TG_SENDER_R && to == TG_SENDER_K && type == TG_DATA_TYPE_ERROR)
        memcpy(out, p->resolve, sizeof p->resolve);
    else if (model == SIZE_MAX && c->who == TG_SENDER_R && to == TG_SENDER_K)
        (void)snprintf(out, 24, resolves ? "resolve%u" : "resolve", resolves);
    else
        (void)snprintf(out, 24, "%s", c->lines[line].m->ex);
}

/* What a role breaks by itself: nothing that it was told or given makes it, so that the captured one is no excuse. */
static bool is_its_own(const char *row)
{
    static const char *const rows[] = {
        "RFC6043-5.3-01",     "RFC6043-5.3-03",     "RFC6043-6.10-x22",   /* tickets that are transferred again */
        "RFC6043-5.2-01a",    "RFC6043-5.2-01b",    "RFC6043-5.2-02",     /* updates */
        "RFC6043-4.2.1.5-01", "RFC6043-4.2.2.3-01", "RFC6043-4.2.3.5-01", /* CSB IDs of answers */
        "RFC6043-6.10-04",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i], row) == 0)
            return true;
    }
    return false;
}

static void judge_sent(played *p, verdict *v, const play_worth *is, const play_worth *was, bool compared, bool rejected)
{
    const char *name = is->type >= 0 ? tg_registry_name("data_type", (uint8_t)is->type) : NULL;
    char news[256] = "";
    for (size_t i = 0; i < is->num_rows; i++) {
        size_t len = strlen(news);
        if (!was || !play_has_row(was, is->rows[i]) || is_its_own(is->rows[i]))
            snprintf(news + len, sizeof news - len, " %s", is->rows[i]);
    }
    if (!name)
        name = "message";
    if (is->type < 0)
        play_blame(v, "what it sends does not parse");
    else if (news[0])
        play_blame(v, "its %s breaks%s", name, news);
    else if (!is->accepted && !is->skipped && (!was || was->accepted))
        play_blame(v, "its %s is not one that a receiver would accept", name);
    if (is->skipped)
        play_note(v, "its %s cannot be verified with the keys that there are", name);
    if (was && is->type >= 0 && was->type != is->type && compared && !rejected)
        play_blame(v, "the capture has %s where it sends %s", tg_registry_name("data_type", (uint8_t)was->type), name);
    if (was && !was->accepted && !was->skipped && is->accepted)
        play_note(v, "the captured one was not acceptable, this one is");
    if (was && was->type == is->type && was->error_no != is->error_no)
        play_note(v, "Error no %d, in the capture %d", is->error_no, was->error_no);
    (void)p;
}

/* Does the capture go on with what the KMS answered this actor? */
static bool kms_answered(const played *p, size_t like)
{
    const role_cast *c = p->cast;
    for (size_t k = like; like != SIZE_MAX && k < c->num; k++) {
        if (role_receives(c, k, p->actor) && c->lines[k].m->from == TG_SENDER_K &&
            strcmp(c->lines[k].m->ex, c->lines[like].m->ex) == 0)
            return true;
    }
    return false;
}

typedef struct turn {
    played *p;
    size_t step;
    verdict *v;
    bool *taken;
    bool compared; /* types with those of the capture */
    unsigned num;
    play_given given;
    bool sound;       /* what was sent in the last call */
    bool silent;      /* blamed for it */
    bool ought_not;   /* what the captured one began breaks a rule */
    bool kms_answers; /* what it asked there: the capture has it */
} turn;

static bool take_call(turn *t);

/* Gives it what the library answers in the place of the KMS. */
static bool answer_as_kms(turn *t, tg_bytes resolve_init, const char *ex)
{
    played *p = t->p;
    tg_bytes octets;
    const char *why;
    tg_party_reply reply;
    if (t->num++ >= MOST_TURNS)
        return true;
    p->now += 1 << 20;
    if (!play_ask_kms(p, resolve_init, &octets, &why))
        return false;
    if (octets.len == 0) {
        play_note(t->v, "%s", why);
        p->over = true;
        return true;
    }
    size_t index = tgp_replay_scene_num(p->scene);
    t->v->expected = PLAY_NOTHING; /* what it did with the TRANSFER_INIT was as it ought to be */
    if (!tgp_replay_scene_say(p->scene, octets, TG_SENDER_K, ex, SIZE_MAX) || !play_expect(p, index, t->v))
        return false;
    add_got(t->v, "%s of the library", replay_type_name(octets));
    p->now += 1 << 20;
    if (p->in.receive(p->in.user, TG_SENDER_K, octets, p->now, &reply) != TG_OK) {
        p->over = true;
        return true;
    }
    void *memory;
    const play_given before = t->given;
    t->given = (play_given){ .type = octets.data[1], .from = TG_SENDER_K, .message = play_parse(octets, &memory) };
    bool ok = memory && take_call(t);
    free(memory);
    t->given = before;
    return ok;
}

static bool take_sent(turn *t, const iut_party_call *call, size_t n)
{
    played *p = t->p;
    tg_bytes octets = call->sent[n].octets;
    int type = octets.len > 1 ? octets.data[1] : -1;
    size_t like = play_counterpart(p, t->step, type, t->taken);
    char ex[24];
    play_worth is = { .type = -1 }, was;
    if (type == TG_DATA_TYPE_ERROR && like != SIZE_MAX && p->cast->lines[like].to != call->sent[n].to)
        like = SIZE_MAX; /* it tells somebody else */
    size_t model = like != SIZE_MAX && play_type_at(p, like) == type ? like : SIZE_MAX;
    name_exchange(p, t->step, model, type, call->sent[n].to, ex);
    if (play_is_resolve(type))
        memcpy(p->resolve, ex, sizeof p->resolve);
    size_t stands_for = model != SIZE_MAX ? p->cast->lines[model].message : SIZE_MAX;
    if (!tgp_replay_scene_say(p->scene, octets, p->cast->who, ex, stands_for) ||
        !tgp_replay_scene_judge(p->scene, p->cast->known, p->now, tgp_replay_scene_num(p->scene) - 1, play_weigh_sent,
                                &is))
        return false;
    t->v->said = true;
    t->v->answer = octets;
    add_got(t->v, "%s", is.text);
    if (like != SIZE_MAX && !play_weigh_captured(p, like, &was))
        return false;
    if (like != SIZE_MAX)
        t->taken[like] = true;
    judge_sent(p, t->v, &is, like != SIZE_MAX ? &was : NULL, t->compared, call->outcome == TGI_REJECTED);
    bool good = is.accepted || is.skipped;
    t->sound = t->sound && good;
    if (model != SIZE_MAX)
        p->stands[model] = good;
    t->kms_answers = t->kms_answers || (play_is_resolve(type) && kms_answered(p, model));
    play_check_sent(p, call, n, &t->given, t->v);
    void *memory;
    const tg_message *m = play_parse(octets, &memory);
    bool ok = memory && (!m || play_check_fresh(p, m, like, strncmp(ex, "update", 6) == 0, t->v));
    free(memory);
    return ok && play_check_own_keys(p, type, model, t->v);
}

/* The RESOLVE_INIT of this call that nobody but the library can answer; SIZE_MAX: none. */
static size_t asks_the_library(const turn *t, const iut_party_call *call)
{
    for (size_t n = 0; n < call->num_sent && t->p->cast->who == TG_SENDER_R && t->sound; n++) {
        tg_bytes octets = call->sent[n].octets;
        if (octets.len > 1 && play_is_resolve(octets.data[1]) && call->sent[n].to == TG_SENDER_K && !t->kms_answers)
            return n;
    }
    return SIZE_MAX;
}

/* ---- a step ---------------------------------------------------------------------------------------------------------- */

static void judge_reception(turn *t, const iut_party_call *call)
{
    verdict *v = t->v;
    bool accepted = call->outcome == TGI_ACCEPTED;
    char error[64] = "";
    if (call->error)
        replay_put(error, sizeof error, call->error, strlen(call->error));
    add_got(v, "%s%s%s", accepted ? "accept" : "reject", error[0] ? ", " : "", error);
    if (accepted && v->expected == PLAY_REJECT)
        play_blame(v, "it accepts what has to be rejected");
    if (!accepted && v->expected == PLAY_ACCEPT)
        play_blame(v, "it rejects what there is nothing wrong with");
    if (!accepted && v->forged && t->given.type == TG_DATA_TYPE_ERROR && strcmp(error, "peer_error") == 0)
        play_blame(v, "it hears an Error that is not authentic: RFC6043-5.4-11");
    if (!accepted && t->given.starts && t->ought_not)
        play_note(v, "to begin this breaks a rule, in the capture or by now, and it does not begin it");
    else if (!accepted && t->given.starts)
        play_blame(v, "it does not begin what the captured one began");
}

static bool take_call(turn *t)
{
    played *p = t->p;
    const iut_party_call *call = &p->party.calls[p->party.num_calls - 1];
    if (call->fault == IUT_INTERRUPTED)
        return true;
    if (call->fault != IUT_OK) {
        char text[256];
        replay_put(text, sizeof text, p->party.fault_text, strlen(p->party.fault_text));
        add_got(t->v, "%s: %s", iut_fault_name(call->fault), text);
        play_blame(t->v, "it broke down");
        p->over = true;
        p->run->gone = call->fault == IUT_GONE;
        return true;
    }
    if (call->outcome == TGI_UNSUPPORTED) {
        add_got(t->v, "unsupported");
        t->v->outcome = t->v->outcome == REPLAY_SAME ? REPLAY_SILENT : t->v->outcome;
        p->over = true;
        return true;
    }
    judge_reception(t, call);
    p->rejected = p->rejected || call->outcome == TGI_REJECTED;
    t->sound = true;
    t->kms_answers = false;
    for (size_t i = 0; i < call->num_sent; i++) {
        if (!take_sent(t, call, i))
            return false;
    }
    t->silent = play_check_silence(p, call, &t->given, t->v) || t->silent;
    if (!play_take_keys(p, call, t->given.starts ? NULL : t->given.message, t->sound, t->v))
        return false;
    size_t asks = asks_the_library(t, call);
    return asks == SIZE_MAX || answer_as_kms(t, call->sent[asks].octets, p->resolve);
}

static bool describe_captured(turn *t)
{
    for (size_t k = play_captured_from(t->p, t->step, t->step); k != SIZE_MAX;
         k = play_captured_from(t->p, t->step, k + 1)) {
        play_worth was;
        if (!play_weigh_captured(t->p, k, &was))
            return false;
        add_captured(t->v, "%s", was.text);
    }
    return true;
}

/* What the capture has, and did not come. */
static void blame_missing(turn *t)
{
    played *p = t->p;
    const iut_party_call *call = &p->party.calls[p->party.num_calls - 1];
    bool may_be_silent = t->v->expected == PLAY_REJECT ||
                         (t->v->expected == PLAY_EITHER && call->outcome == TGI_REJECTED) ||
                         (t->given.starts && call->outcome == TGI_REJECTED) || call->outcome == TGI_UNSUPPORTED ||
                         call->fault != IUT_OK || !t->compared;
    for (size_t k = play_captured_from(p, t->step, t->step); k != SIZE_MAX && !may_be_silent;
         k = play_captured_from(p, t->step, k + 1)) {
        bool any = t->silent;
        for (size_t n = 0; n < p->cast->num; n++)
            any = any || t->taken[n];
        if (!t->taken[k] && !any)
            play_blame(t->v, "the capture has %s here, and it sends nothing",
                       replay_type_name(p->cast->lines[k].m->octets));
    }
}

bool play_take(played *p, size_t line, verdict *v)
{
    size_t first = play_captured_from(p, line, line);
    bool *taken = tg_arena_alloc(&p->cast->arena, p->cast->num * sizeof *taken);
    turn t = { .p = p, .step = line, .v = v, .taken = taken, .compared = true };
    const role_line *l = &p->cast->lines[line];
    bool starts = l->m->from == p->cast->who;
    play_worth began;
    t.given = (play_given){ starts, play_type_at(p, line), l->m->from, starts ? NULL : l->parsed };
    if (!taken || (starts && !play_weigh_captured(p, line, &began)))
        return false;
    t.ought_not = starts && (!began.accepted || began.num_rows > 0);
    if (starts && !t.ought_not && !play_is_too_late(p, line, &t.ought_not))
        return false;
    memset(taken, 0, p->cast->num * sizeof *taken);
    bool refused = v->expected == PLAY_ACCEPT && play_is_error(p, first);
    if (refused && play_is_to_refuse(p, line))
        v->expected = PLAY_REJECT, play_note(v, "the captured one refused it by local policy, and so does this one");
    else if (refused)
        t.compared = false,
        play_note(v, "the captured one refused it by local policy, which cannot be told to this one");
    if (v->expected == PLAY_REJECT)
        t.compared = false;
    if (v->unsealed)
        play_note(v, "its MAC could not be made right");
    if (!describe_captured(&t) || !take_call(&t))
        return false;
    if (first == SIZE_MAX && t.v->said)
        play_note(v, "the capture has no answer to it");
    blame_missing(&t);
    return true;
}

void play_not_open(played *p, const iut_party_call *open, void (*tell)(played *p, size_t line, const verdict *v))
{
    verdict v = { .outcome = REPLAY_SILENT, .expected = PLAY_NOTHING };
    if (open && open->fault != IUT_OK && open->fault != IUT_INTERRUPTED) {
        char text[256];
        replay_put(text, sizeof text, p->party.fault_text, strlen(p->party.fault_text));
        add_got(&v, "%s: %s", iut_fault_name(open->fault), text);
        play_blame(&v, "it broke down when its session was opened");
        p->run->gone = open->fault == IUT_GONE;
    } else if (open && open->outcome == TGI_REJECTED) {
        add_got(&v, "reject");
        play_note(&v, "it rejects to open the session");
    } else {
        add_got(&v, "unsupported");
        play_note(&v, "it does not support such a session");
    }
    for (size_t i = 0; i < p->cast->num && !cli_interrupted(); i++) {
        if (play_is_step(p->cast, i, p->actor)) {
            tell(p, i, &v);
            return;
        }
    }
}
