/* pcap replay --as: what the library expects of a receiver, what a message of the role is worth, and which captured one it is held against. */
#include <stdio.h>

#include "cmd_pcap_replay_play.h"
#include "ticketgate/registry_values.h"

/* ---- what the library expects ------------------------------------------------------------------------------------ */

typedef struct weighing {
    play_expected expected;
    bool forged, skipped;
    char rows[256];
} weighing;

static void weigh_reception(void *user, const tg_judgement *j)
{
    weighing *w = user;
    bool fails = j->parse != TG_OK || j->auth == TG_OUTCOME_FAIL || j->ticket_auth == TG_OUTCOME_FAIL ||
                 j->vr_auth == TG_OUTCOME_FAIL || j->kemac == TG_OUTCOME_FAIL || j->reception == TG_RECEPTION_REJECT;
    bool is_error = j->message && j->message->hdr.data_type == TG_DATA_TYPE_ERROR;
    w->expected = fails ? PLAY_REJECT : is_error || j->reception != TG_RECEPTION_ACCEPT ? PLAY_EITHER : PLAY_ACCEPT;
    w->forged = j->auth == TG_OUTCOME_FAIL;
    w->skipped = j->auth == TG_OUTCOME_SKIPPED;
    w->rows[0] = '\0';
    for (size_t i = 0; i < j->num_findings; i++) {
        size_t len = strlen(w->rows);
        if (j->findings[i]->requirement->on_receive != TG_ON_RECEIVE_IGNORE)
            snprintf(w->rows + len, sizeof w->rows - len, "%s%s", len ? " " : "", j->findings[i]->requirement->id);
    }
}

static bool weigh(played *p, const tg_known *known, size_t index, weighing *out)
{
    return tgp_replay_scene_judge(p->scene, known, p->now, index, weigh_reception, out);
}

bool play_expect(played *p, size_t index, verdict *v)
{
    weighing of_message, of_transfer = { .expected = PLAY_ACCEPT };
    if (!weigh(p, &p->view, index, &of_message))
        return false;
    /* Only what answers tells whether the TRANSFER_INIT is authentic (RFC 6043 4.2.2.2). */
    bool answers = p->transfer != SIZE_MAX && p->transfer < index && p->cast->who == TG_SENDER_R;
    if (answers && !weigh(p, &p->view, p->transfer, &of_transfer))
        return false;
    if (answers && of_transfer.skipped && of_transfer.expected == PLAY_ACCEPT) {
        of_transfer.expected = PLAY_EITHER;
        play_note(v, "the role is not told enough to verify the TRANSFER_INIT before it");
    }
    v->forged = of_message.forged;
    bool worse = of_transfer.expected > of_message.expected;
    const weighing *w = worse ? &of_transfer : &of_message;
    if (v->expected == PLAY_NOTHING || w->expected > v->expected)
        v->expected = w->expected;
    if (w->expected != PLAY_ACCEPT && w->rows[0] && !strstr(v->note, w->rows))
        play_note(v, "%s breaks %s", worse ? "the TRANSFER_INIT before it" : "it", w->rows);
    return true;
}

/* ---- what it sends ----------------------------------------------------------------------------------------------- */

void play_weigh_sent(void *user, const tg_judgement *j)
{
    play_worth *w = user;
    const tg_err *err = j->message ? (const tg_err *)tg_payload_find(j->message->payloads, TG_PAYLOAD_ERR) : NULL;
    replay_describe(j, w->text);
    w->skipped = j->parse == TG_OK && j->auth == TG_OUTCOME_SKIPPED && j->reception != TG_RECEPTION_REJECT;
    w->accepted = tg_judgement_is_accepted(j);
    w->type = j->message ? j->message->hdr.data_type : -1;
    w->error_no = err ? err->error_no : -1;
    for (size_t i = 0; i < j->num_findings && w->num_rows < PLAY_MOST_ROWS; i++) {
        if (j->findings[i]->requirement->level == TG_LEVEL_MUST)
            w->rows[w->num_rows++] = j->findings[i]->requirement->id;
    }
}

static void count_keys(void *user, const tg_judgement *j)
{
    *(size_t *)user = j->derived.num_cs;
}

bool play_lacks_keys(played *p, size_t line, size_t index, bool *lacks)
{
    const tg_bytes none = { NULL, 0 };
    size_t was = 0, is = 0;
    bool ok = tgp_replay_judge(p->run->replay, p->cast->lines[line].message, true, none, TG_SENDER_UNKNOWN, count_keys,
                               &was) &&
              tgp_replay_scene_judge(p->scene, p->cast->known, p->now, index, count_keys, &is);
    *lacks = is < was;
    return ok;
}

bool play_has_row(const play_worth *w, const char *row)
{
    for (size_t i = 0; i < w->num_rows; i++) {
        if (strcmp(w->rows[i], row) == 0)
            return true;
    }
    return false;
}

/* ---- what it is held against --------------------------------------------------------------------------------------- */

bool play_is_step(const role_cast *c, size_t line, size_t actor)
{
    return role_receives(c, line, actor) || (role_sends(c, line, actor) && role_starts(c, line));
}

size_t play_captured_from(const played *p, size_t step, size_t from)
{
    const role_cast *c = p->cast;
    if (from == step && role_sends(c, step, p->actor))
        return step;
    for (size_t k = from > step ? from : step + 1; k < c->num; k++) {
        bool same = strcmp(c->lines[k].m->ex, c->lines[step].m->ex) == 0;
        if (c->who != TG_SENDER_K && play_is_step(c, k, p->actor))
            break;
        if (role_sends(c, k, p->actor) && (same || c->who != TG_SENDER_K) &&
            !(role_starts(c, k) && c->who != TG_SENDER_K))
            return k;
    }
    return SIZE_MAX;
}

int play_type_at(const played *p, size_t line)
{
    const role_line *l = &p->cast->lines[line];
    return l->m->octets.len > 1 ? l->m->octets.data[1] : -1;
}

bool play_is_error(const played *p, size_t line)
{
    return line != SIZE_MAX && play_type_at(p, line) == TG_DATA_TYPE_ERROR;
}

bool play_is_resolve(int type)
{
    return type == TG_DATA_TYPE_RESOLVE_INIT_PSK || type == TG_DATA_TYPE_RESOLVE_INIT_PK;
}

size_t play_counterpart(const played *p, size_t step, int type, const bool *taken)
{
    size_t other = SIZE_MAX;
    for (size_t k = play_captured_from(p, step, step); k != SIZE_MAX; k = play_captured_from(p, step, k + 1)) {
        if (taken[k])
            continue;
        if (play_type_at(p, k) == type)
            return k;
        if (other == SIZE_MAX && !play_is_resolve(type))
            other = k;
    }
    return other;
}

bool play_weigh_captured(const played *p, size_t line, play_worth *out)
{
    const tg_bytes none = { NULL, 0 };
    *out = (play_worth){ .type = -1 };
    return tgp_replay_judge(p->run->replay, p->cast->lines[line].message, true, none, TG_SENDER_UNKNOWN,
                            play_weigh_sent, out);
}

bool play_is_too_late(played *p, size_t line, bool *too_late)
{
    play_worth now = { .type = -1 };
    tg_bytes octets;
    tg_reseal_outcome sealed;
    size_t index = tgp_replay_scene_num(p->scene);
    bool ok = tgp_replay_scene_give(p->scene, p->cast->lines[line].message, p->now, &octets, &sealed) &&
              tgp_replay_scene_judge(p->scene, p->cast->known, p->now, index, play_weigh_sent, &now);
    if (tgp_replay_scene_num(p->scene) > index)
        tgp_replay_scene_drop(p->scene);
    *too_late = ok && play_has_row(&now, "RFC6043-6.10-x22");
    return ok;
}

static void take_acceptance(void *user, const tg_judgement *j)
{
    bool *accepted = user;
    *accepted = tg_judgement_is_accepted(j);
}

/* What a role refuses by local policy: exchanges of one kind, all of them. */
typedef enum refusable {
    REFUSABLE_REQUEST,
    REFUSABLE_RESOLVE,
    REFUSABLE_TRANSFER,
    REFUSABLE_UPDATE,
    NUM_REFUSABLE
} refusable;

static refusable kind_of(const played *p, size_t line)
{
    const char *ex = p->cast->lines[line].m->ex;
    return strncmp(ex, "request", 7) == 0   ? REFUSABLE_REQUEST
           : strncmp(ex, "resolve", 7) == 0 ? REFUSABLE_RESOLVE
           : strncmp(ex, "update", 6) == 0  ? REFUSABLE_UPDATE
                                            : REFUSABLE_TRANSFER;
}

static void refuse_updates(void *user, tgi_open *open)
{
    (void)user;
    open->refuse = "update";
}

void play_tell_refusals(played *p)
{
    tg_plan *plan = (tg_plan *)(uintptr_t)p->setup->plan; /* made for this actor */
    const tg_bytes none = { NULL, 0 };
    bool refused[NUM_REFUSABLE] = { false }, taken[NUM_REFUSABLE] = { false };
    bool is_kms = p->cast->who == TG_SENDER_K;
    for (size_t i = 0; i < p->cast->num && iut_can(p->u, "policy"); i++) {
        bool accepted = false, asks = is_kms || play_type_at(p, i) == TG_DATA_TYPE_TRANSFER_INIT;
        if (!asks || !role_receives(p->cast, i, p->actor) ||
            !tgp_replay_judge(p->run->replay, p->cast->lines[i].message, true, none, TG_SENDER_UNKNOWN, take_acceptance,
                              &accepted) ||
            !accepted)
            continue;
        bool error = play_is_error(p, play_captured_from(p, i, i));
        *(error ? &refused[kind_of(p, i)] : &taken[kind_of(p, i)]) = true;
    }
    for (refusable k = 0; k < NUM_REFUSABLE; k++)
        refused[k] = refused[k] && !taken[k];
    if (is_kms)
        plan->error = refused[REFUSABLE_REQUEST]   ? TG_PLAN_ERROR_REQUEST
                      : refused[REFUSABLE_RESOLVE] ? TG_PLAN_ERROR_RESOLVE
                                                   : TG_PLAN_NO_ERROR;
    else if (p->cast->who == TG_SENDER_R && refused[REFUSABLE_TRANSFER])
        plan->error = TG_PLAN_ERROR_TRANSFER;
    else if (refused[REFUSABLE_UPDATE])
        p->party.change = refuse_updates;
    p->refuses = plan->error == TG_PLAN_ERROR_REQUEST    ? 1 + REFUSABLE_REQUEST
                 : plan->error == TG_PLAN_ERROR_RESOLVE  ? 1 + REFUSABLE_RESOLVE
                 : plan->error == TG_PLAN_ERROR_TRANSFER ? 1 + REFUSABLE_TRANSFER
                 : p->party.change                       ? 1 + REFUSABLE_UPDATE
                                                         : 0;
}

bool play_is_to_refuse(const played *p, size_t line)
{
    return p->refuses == 1 + (unsigned)kind_of(p, line);
}
