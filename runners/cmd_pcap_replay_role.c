/* pcap replay --as: an implementation under test in a role of captured conversations. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd_pcap_replay_play.h"
#include "ticketgate/registry_values.h"

#define MILLISECOND (((uint64_t)1 << 32) / 1000)

static bool interrupted(void *user)
{
    (void)user;
    return cli_interrupted();
}

static const char *name_of(tg_sender who)
{
    return who == TG_SENDER_I ? "Initiator" : who == TG_SENDER_R ? "Responder" : "KMS";
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

static uint64_t ntp_of(int64_t nanoseconds)
{
    if (nanoseconds < 0)
        return 0;
    uint64_t seconds = (uint64_t)nanoseconds / 1000000000, rest = (uint64_t)nanoseconds % 1000000000;
    return seconds << 32 | (rest << 32) / 1000000000;
}

/* Timestamps in whole seconds run ahead of what is sent sooner than that. */
static void run_ahead(played *p, const tg_t *t, uint64_t sent)
{
    uint64_t seconds = 0;
    if (!t || t->ts_type != TG_TS_NTP_UTC_32)
        return;
    for (size_t i = 0; i < t->ts_value.len; i++)
        seconds = seconds << 8 | t->ts_value.data[i];
    if (tg_ntp_order(seconds << 32) > tg_ntp_order(sent + p->ahead))
        p->ahead = (seconds << 32) - sent;
}

/* What the clock of the role shows: the time of sending with --fresh, else that of the capture; a little later each time, so that nothing is
 * answered in the moment in which it is sent. */
static void set_clock(played *p, const role_line *l)
{
    const replay_run *run = p->run;
    uint64_t since = ntp_of(l->m->time - p->cast->lines[0].m->time);
    const tg_t *t = (const tg_t *)role_payload(l, TG_PAYLOAD_T);
    bool counts = t && t->ts_type == TG_TS_COUNTER; /* and tickets stay valid when they were, also with --fresh */
    uint64_t captured = (run->has_now && !run->fresh ? run->now : p->cast->known->now) + since;
    uint64_t sent = run->base + ntp_of(l->item->offset);
    if (run->fresh)
        run_ahead(p, t, sent);
    p->now = (run->fresh && !counts ? sent + p->ahead : captured) + ++p->ticks * MILLISECOND;
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

/* What it answers in the capture has to be there now, too. */
static bool has_ground(const played *p, size_t line)
{
    const role_cast *c = p->cast;
    bool asked = false, update = strncmp(c->lines[line].m->ex, "update", 6) == 0;
    if (c->who == TG_SENDER_K)
        return true;
    if (role_sends(c, line, p->actor) && p->rejected)
        return false;
    for (size_t k = 0; k < line; k++) {
        if (!role_sends(c, k, p->actor) || strcmp(c->lines[k].m->ex, c->lines[line].m->ex) != 0)
            continue;
        asked = true;
        if (p->stands[k])
            return true;
    }
    return !asked && (!update || p->party.established);
}

static const char *what_is_started(const role_cast *c, size_t line)
{
    const role_line *l = &c->lines[line];
    if (strncmp(l->m->ex, "update", 6) == 0)
        return "update";
    return l->parsed && l->parsed->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT ? "transfer" : "request";
}

static tg_status start(played *p, size_t line, tg_party_reply *reply)
{
    const char *what = what_is_started(p->cast, line);
    tg_transfer_plan plan;
    bool update = what[0] == 'u';
    if (update && !role_offer(p->cast, &p->cast->lines[line], &plan))
        return TG_ARENA_FULL;
    return p->in.start(p->in.user, what, update ? &plan : NULL, p->now, reply);
}

static bool out_of_memory(played *p)
{
    cli_complain("out of memory");
    p->run->failed = true;
    return false;
}

static bool do_step(played *p, size_t line, verdict *v)
{
    const role_line *l = &p->cast->lines[line];
    tg_party_reply reply;
    tg_bytes octets = { NULL, 0 };
    tg_reseal_outcome sealed = TG_RESEAL_SEALED;
    bool starts = l->m->from == p->cast->who;
    size_t index = tgp_replay_scene_num(p->scene);
    if (!starts && !tgp_replay_scene_give(p->scene, l->message, p->now, &octets, &sealed))
        return out_of_memory(p);
    if (!starts && l->parsed && l->parsed->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT)
        p->transfer = index;
    bool lacks = false, transfers = !starts && l->parsed &&
                                    (l->parsed->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT ||
                                     l->parsed->hdr.data_type == TG_DATA_TYPE_TRANSFER_RESP);
    if (transfers && sealed == TG_RESEAL_SEALED && !play_lacks_keys(p, line, index, &lacks))
        return out_of_memory(p);
    bool cannot_start = starts && !p->cast->own_keys && role_payload(l, TG_PAYLOAD_KEMAC) != NULL;
    if (lacks || cannot_start) {
        play_note(v, lacks ? "it goes on from keys of the captured one that this one has not made"
                           : "the captured one sent keys of its own, and this one does not declare own-keys");
        v->outcome = REPLAY_SILENT;
        p->over = true;
        return true;
    }
    v->sent = octets;
    v->unsealed = sealed == TG_RESEAL_UNSEALED || sealed == TG_RESEAL_NO_KEY;
    if (!starts && !play_expect(p, index, v))
        return out_of_memory(p);
    tg_status status = starts ? start(p, line, &reply) : p->in.receive(p->in.user, l->m->from, octets, p->now, &reply);
    if (status != TG_OK) {
        play_note(v, "no more can be asked of it in one conversation");
        v->outcome = REPLAY_SILENT;
        p->over = true;
        return true;
    }
    return play_take(p, line, v) || out_of_memory(p);
}

static void tell_step(played *p, size_t line, const verdict *v)
{
    const role_line *l = &p->cast->lines[line];
    replay_told told = { .outcome = v->outcome, .sent = v->sent, .answer = v->answer };
    bool starts = l->m->from == p->cast->who;
    snprintf(told.what, sizeof told.what, "%s, %s%s", replay_type_name(l->m->octets), l->m->ex,
             starts ? ", of its own accord" : "");
    memcpy(told.captured, v->captured, sizeof told.captured);
    memcpy(told.got, v->got, sizeof told.got);
    snprintf(told.note, sizeof told.note, "%s", v->note);
    told.as = name_of(p->cast->who);
    told.expected = v->expected == PLAY_NOTHING ? "" : play_expected_name(v->expected);
    replay_tell(p->run, l->item, &told);
}

static bool play_line(played *p, size_t line)
{
    const role_cast *c = p->cast;
    const role_line *l = &c->lines[line];
    tg_bytes octets;
    tg_reseal_outcome sealed;
    if (!play_is_step(c, line, p->actor)) {
        bool mine = c->who != TG_SENDER_K && role_sends(c, line, p->actor),
             others = l->actors && !(l->actors >> p->actor & 1);
        set_clock(p, l);
        return mine || others || tgp_replay_scene_give(p->scene, l->message, p->now, &octets, &sealed) ||
               out_of_memory(p);
    }
    if (p->over || !has_ground(p, line))
        return true;
    verdict v = { .outcome = REPLAY_SAME, .expected = PLAY_NOTHING };
    if (!replay_wait(p->run, l->item))
        return false;
    set_clock(p, l);
    size_t before = tgp_replay_scene_num(p->scene);
    bool ok = do_step(p, line, &v);
    if (ok && !cli_interrupted())
        tell_step(p, line, &v);
    /* What follows in the capture follows from the tickets in it. */
    while (c->who == TG_SENDER_K && tgp_replay_scene_num(p->scene) > before + 1)
        tgp_replay_scene_drop(p->scene);
    return ok && !cli_interrupted() && !p->run->gone;
}

/* ---- an actor ---------------------------------------------------------------------------------------------------- */

static size_t num_steps(const role_cast *c, size_t actor)
{
    size_t num = 0;
    for (size_t i = 0; i < c->num; i++)
        num += play_is_step(c, i, actor);
    return num;
}

/* It cannot be played: said once, at its first message. */
static void tell_why_not(played *p, const char *why)
{
    verdict v = { .outcome = REPLAY_SILENT, .expected = PLAY_NOTHING };
    play_note(&v, "%s", why);
    for (size_t i = 0; i < p->cast->num; i++) {
        if (play_is_step(p->cast, i, p->actor)) {
            tell_step(p, i, &v);
            return;
        }
    }
}

typedef struct fitting {
    bool fits;
    size_t num_others;
} fitting;

static void take_fit(void *user, const tg_judgement *j)
{
    fitting *f = user;
    bool fits = j->auth == TG_OUTCOME_OK || j->ticket_auth == TG_OUTCOME_OK || j->vr_auth == TG_OUTCOME_OK;
    f->fits = f->fits || fits;
    f->num_others += !fits && j->auth != TG_OUTCOME_ABSENT;
}

/* Are these the keys of this conversation? With others nothing could be blamed on anybody. One message alone may be what is wrong. */
static bool keys_fit(const replay_run *run, const role_cast *c)
{
    const tg_bytes none = { NULL, 0 };
    fitting f = { .fits = false };
    for (size_t i = 0; i < c->num && !f.fits; i++) {
        if (!tgp_replay_judge(run->replay, c->lines[i].message, true, none, TG_SENDER_UNKNOWN, take_fit, &f))
            return true; /* want of memory shows soon enough */
    }
    return f.fits || f.num_others < 2;
}

/* Behind its last answer, or when its session was closed. */
static void tell_breakdown(played *p, iut_fault fault)
{
    verdict v = { .outcome = REPLAY_SAME, .expected = PLAY_NOTHING };
    size_t last = SIZE_MAX;
    for (size_t i = 0; i < p->cast->num; i++)
        last = play_is_step(p->cast, i, p->actor) ? i : last;
    char text[256];
    replay_put(text, sizeof text, iut_fault_text(p->u), strlen(iut_fault_text(p->u)));
    snprintf(v.got, sizeof v.got, "%s: %s", iut_fault_name(fault), text);
    play_blame(&v, "it broke down behind its last answer");
    p->run->gone = p->run->gone || fault == IUT_GONE;
    if (last != SIZE_MAX) {
        p->run->num_items++;
        tell_step(p, last, &v);
    }
}

static void open_and_play(played *p)
{
    const char *why = NULL;
    p->setup = role_setup(p->cast, p->run->j.crypto, p->actor, &why);
    if (!p->setup && !why) {
        (void)out_of_memory(p);
        return;
    }
    if (p->setup && !keys_fit(p->run, p->cast))
        why = "none of its messages verifies with the keys of the key file: they are those of others";
    if (why) {
        tell_why_not(p, why);
        return;
    }
    play_tell_refusals(p);
    p->view = role_known(p->cast, p->setup);
    p->in = iut_party_of(&p->party);
    tg_status status = p->in.open(p->in.user, p->setup);
    const iut_party_call *open = p->party.num_calls > 0 ? &p->party.calls[0] : NULL;
    if (status != TG_OK && p->party.inexpressible)
        tell_why_not(p, p->party.inexpressible);
    else if (status == TG_ARENA_FULL)
        (void)out_of_memory(p);
    else if (status != TG_OK)
        play_not_open(p, open, tell_step);
    bool goes_on = status == TG_OK;
    for (size_t i = 0; i < p->cast->num && goes_on; i++)
        goes_on = play_line(p, i);
    bool whole = p->party.fault == IUT_OK && status == TG_OK;
    iut_fault fault = iut_party_close(&p->party);
    if (fault != IUT_OK && fault != IUT_INTERRUPTED)
        tell_breakdown(p, fault);
    else if (whole)
        iut_case_done(p->u);
}

static void play_actor(replay_run *run, iut *u, role_cast *c, size_t actor)
{
    played *p = calloc(1, sizeof *p);
    bool *stands = calloc(c->num, sizeof *stands);
    if (p && stands) {
        *p = (played){ .run = run, .u = u, .cast = c, .actor = actor, .transfer = SIZE_MAX, .stands = stands };
        p->party = (iut_party){ .u = u, .arena = &c->arena };
        p->scene = tgp_replay_scene_new(run->replay, c->conversation);
    }
    if (!p || !stands || !p->scene) {
        cli_complain("out of memory");
        run->failed = true;
    } else if (c->cannot) {
        tell_why_not(p, c->cannot);
    } else if (!iut_has_profile(u, c->known->profile.name)) {
        tell_why_not(p, "it does not declare the profile of this conversation");
    } else {
        open_and_play(p);
    }
    if (p) {
        play_end_stand_in(p);
        tgp_replay_scene_free(p->scene);
        tg_wipe(&p->view, sizeof p->view);
    }
    free(stands);
    free(p);
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

/* Conversation after conversation, each in the order of its messages. */
static int by_conversation(const void *a, const void *b)
{
    const replay_item *x = a, *y = b;
    if (x->conversation != y->conversation)
        return x->conversation < y->conversation ? -1 : 1;
    return x->message < y->message ? -1 : x->message > y->message;
}

static size_t end_of(const replay_run *run, size_t num, size_t first)
{
    size_t end = first;
    while (end < num && run->items[end].conversation == run->items[first].conversation)
        end++;
    return end;
}

/* Counts what there is to do, or does it. */
static void play_all(replay_run *run, iut *u, size_t num)
{
    for (size_t first = 0, end; first < num && !run->failed && !run->gone && !cli_interrupted(); first = end) {
        role_cast cast;
        end = end_of(run, num, first);
        if (!role_cast_make(run, &run->items[first], end - first, run->as, &cast)) {
            cli_complain("out of memory");
            run->failed = true;
            return;
        }
        cast.own_keys = u && iut_can(u, "own-keys");
        for (size_t a = 0; a < cast.num_actors && !run->failed && !run->gone && !cli_interrupted(); a++) {
            size_t used = cast.arena.used;
            if (u)
                play_actor(run, u, &cast, a);
            else
                run->num_items += num_steps(&cast, a);
            tg_arena_wipe(&cast.arena, used);
        }
        role_cast_free(&cast);
    }
}

bool replay_to_role(replay_run *run)
{
    const char *target = strcmp(run->to, "iut:reference") == 0 ? NULL : run->to + 4, *why = "";
    const iut_options how = { .target = target,
                              .timeout_ms = (unsigned)run->timeout * 1000,
                              .interrupted = interrupted };
    static const tgi_role roles[] = {
        [TG_SENDER_I] = TGI_INITIATOR, [TG_SENDER_R] = TGI_RESPONDER, [TG_SENDER_K] = TGI_KMS
    };
    size_t num = run->num_items;
    qsort(run->items, num, sizeof *run->items, by_conversation);
    iut *u = iut_attach(&how, &why);
    bool begun = u && iut_declares(u)->roles[roles[run->as]];
    if (!u && !cli_interrupted())
        cli_complain("%s: %s", run->to, why);
    else if (u && !begun)
        cli_complain("%s: it does not declare the role of %s", run->to, name_of(run->as));
    if (begun) {
        run->num_items = 0;
        play_all(run, NULL, num);
        play_all(run, u, num);
    }
    if (u)
        iut_detach(u);
    play_forget_drawn(run);
    play_forget_own_keys(run);
    return begun;
}
