/* pcap replay --as: the session keys that a role shows, beside those that its conversation derives. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd_pcap_replay_play.h"
#include "gate_keys.h"
#include "ticketgate/registry_values.h"

/* ---- what there is to show --------------------------------------------------------------------------------------- */

static int type_of(tg_bytes octets)
{
    return octets.len > 1 ? octets.data[1] : -1;
}

/* Does whoever gets this TRANSFER_INIT answer it: an update by its V flag (5.2), else by F of its ticket (6.10)? */
bool play_wants_answer(const tg_message *init)
{
    const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(init->payloads, TG_PAYLOAD_TICKET);
    return ticket ? (ticket->flags & TG_FLAG('F')) != 0 : init->hdr.v == 1;
}

typedef struct look {
    played *p;
    const iut_party_call *call;
    verdict *v;
    bool ends;                 /* with this call a Ticket Transfer is over, and its keys are in force */
    bool failed;               /* no memory */
    const tg_message *message; /* the newest that gives keys; NULL: none */
    bool is_update;
    const tg_session_key *cs;
    size_t num_cs;
    const tg_conversation *judged;
} look;

/* The newest authentic Ticket Transfer message that gives keys. */
static void find_message(look *l)
{
    size_t num = tg_conversation_num(l->judged);
    const tg_judgement *found = NULL;
    for (size_t i = num; i-- > 0 && !found;) {
        const tg_judgement *j = tg_conversation_judgement(l->judged, i);
        int type = j->message ? j->message->hdr.data_type : -1;
        if (found || (type != TG_DATA_TYPE_TRANSFER_INIT && type != TG_DATA_TYPE_TRANSFER_RESP) ||
            j->auth != TG_OUTCOME_OK || j->derived.num_cs == 0)
            continue;
        found = j;
        for (size_t k = i + 1; k-- > 0;) {
            const tg_message *m = tg_conversation_judgement(l->judged, k)->message;
            if (m && m->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT) {
                l->is_update = !tg_payload_find(m->payloads, TG_PAYLOAD_TICKET);
                break;
            }
        }
    }
    if (!found)
        return;
    l->message = found->message;
    l->cs = found->derived.cs;
    l->num_cs = found->derived.num_cs;
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

/* A map may have a number twice, which is not the fault of who takes its place: then it may show as many. */
static size_t num_of(const tg_session_key *cs, size_t num, uint8_t cs_id)
{
    size_t times = 0;
    for (size_t i = 0; i < num; i++)
        times += cs[i].cs_id == cs_id;
    return times;
}

static size_t num_shown(const iut_party_call *call, uint8_t cs_id)
{
    size_t times = 0;
    for (size_t i = 0; i < call->num_keys; i++)
        times += call->keys[i].cs_id == cs_id;
    return times;
}

static bool same(tgi_octets a, tg_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool is_one_of(const tgi_session_key *key, const tg_session_key *cs, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (cs[i].cs_id == key->cs_id && same(key->tek, cs[i].tek) &&
            same(key->salt, cs[i].has_salt ? cs[i].salt : tg_bytes_of(NULL, 0)))
            return true;
    }
    return false;
}

static bool are_these(const iut_party_call *call, const tg_session_key *cs, size_t num)
{
    bool all = call->num_keys == num;
    for (size_t i = 0; i < num && all; i++)
        all = num_shown(call, cs[i].cs_id) == num_of(cs, num, cs[i].cs_id) && is_one_of(&call->keys[i], cs, num);
    return all;
}

/* A crypto session of which nobody can tell the key: it names none that is known. */
static bool is_other_session(const look *l, uint8_t cs_id)
{
    const tg_map *map = &l->message->hdr.map;
    for (size_t i = 0; map->cs_id_map_type == TG_MAP_GENERIC_ID && i < map->num_cs; i++) {
        if (map->generic[i].cs_id == cs_id)
            return true;
    }
    return false;
}

static void compare_number(look *l, uint8_t cs_id)
{
    size_t times = num_shown(l->call, cs_id);
    if (times == 0)
        play_blame(l->v, "it shows no keys for crypto session %u: %s", cs_id,
                   l->p->cast->who == TG_SENDER_I ? "RFC6043-4.2.2.4-x01" : "RFC6043-4.2.2.2-x01");
    else if (times > num_of(l->cs, l->num_cs, cs_id))
        play_blame(l->v, "it shows crypto session %u %zu times", cs_id, times);
}

/* `right`: of the same number. */
static void blame_key(look *l, const tg_session_key *right, const tgi_session_key *key)
{
    const char *what = "TEK";
    const char *row = gate_row_of_key(l->p->run->j.crypto, l->judged, l->message, l->is_update, right, key, &what);
    if (row)
        play_blame(l->v, "the keys that it shows for crypto session %u are others than those derived: its %s breaks %s",
                   right->cs_id, what, row);
    else
        play_blame(l->v, "it shows a salt for crypto session %u, which has none", right->cs_id);
}

static void compare_shown(look *l, const tgi_session_key *key)
{
    const tg_session_key *right = NULL;
    for (size_t i = 0; i < l->num_cs && !right; i++)
        right = l->cs[i].cs_id == key->cs_id ? &l->cs[i] : NULL;
    if (right && !is_one_of(key, l->cs, l->num_cs))
        blame_key(l, right, key);
    else if (!right && !is_other_session(l, key->cs_id))
        play_blame(l->v, "it shows keys for crypto session %u, and there is none", key->cs_id);
}

static void compare_all(look *l)
{
    for (size_t i = 0; i < l->num_cs; i++) {
        if (num_of(l->cs, i, l->cs[i].cs_id) == 0) /* the first of its number */
            compare_number(l, l->cs[i].cs_id);
    }
    for (size_t i = 0; i < l->call->num_keys; i++)
        compare_shown(l, &l->call->keys[i]);
}

/* ---- what holds from now on ---------------------------------------------------------------------------------------- */

static bool keep(played *p, play_keys *out, const tg_session_key *cs, size_t num)
{
    tg_session_key *copy = tg_arena_alloc(&p->cast->arena, (num + 1) * sizeof *copy);
    for (size_t i = 0; copy && i < num; i++) {
        copy[i] = cs[i];
        copy[i].tek = tg_arena_copy(&p->cast->arena, cs[i].tek.data, cs[i].tek.len);
        copy[i].salt = tg_arena_copy(&p->cast->arena, cs[i].salt.data, cs[i].salt.len);
        if ((cs[i].tek.len && !copy[i].tek.data) || (cs[i].salt.len && !copy[i].salt.data))
            return false;
    }
    *out = (play_keys){ copy, copy ? num : 0 };
    return copy != NULL;
}

/* Those before stay in force while a Ticket Transfer is under way, and where one is refused. */
static void compare_with_those_before(look *l)
{
    const played *p = l->p;
    if (are_these(l->call, p->in_force.cs, p->in_force.num) || are_these(l->call, p->under_way.cs, p->under_way.num) ||
        (p->begun && l->num_cs > 0 && are_these(l->call, l->cs, l->num_cs)))
        return;
    if (p->in_force.num + p->under_way.num + l->num_cs == 0 && l->message == NULL && p->uncomparable)
        return;
    play_blame(l->v, p->in_force.num > 0 ? "it shows other keys than those that are in force"
                                         : "it shows keys before there are any");
}

static void end_transfer(look *l)
{
    played *p = l->p;
    const iut_party_call *call = l->call;
    const char *row = p->cast->who == TG_SENDER_I ? "RFC6043-4.2.2.4-x01" : "RFC6043-4.2.2.2-x01";
    p->uncomparable = l->num_cs == 0;
    p->begun = false;
    if (!call->established)
        play_blame(l->v, "the Ticket Transfer is over, and it says that nothing is established: %s", row);
    if (l->num_cs == 0 && call->num_keys > 0)
        play_note(l->v, "the keys that it shows cannot be compared: the library derives none");
    else if (call->num_keys > 0 || (call->established && iut_can(p->u, "session-keys")))
        compare_all(l);
    l->failed = !keep(p, &p->in_force, l->cs, l->num_cs);
    p->under_way = (play_keys){ NULL, 0 };
}

static void look_at(void *user, const tg_conversation *judged)
{
    look *l = user;
    played *p = l->p;
    l->judged = judged;
    l->message = NULL;
    l->cs = NULL;
    l->num_cs = 0;
    find_message(l);
    if (l->ends) {
        end_transfer(l);
        return;
    }
    if (l->call->num_keys > 0)
        compare_with_those_before(l);
    if (p->begun && l->num_cs > 0)
        l->failed = !keep(p, &p->under_way, l->cs, l->num_cs);
}

static void see_whether_it_knows(void *user, const tg_conversation *judged)
{
    look *l = user;
    l->judged = judged;
    find_message(l);
}

/* ---- a call -------------------------------------------------------------------------------------------------------- */

/* Is a Ticket Transfer over with what was given (`given`: a message, or NULL at a start) and sent? */
static bool is_over(played *p, const iut_party_call *call, const tg_message *given)
{
    int got = given ? given->hdr.data_type : -1;
    bool i = p->cast->who == TG_SENDER_I, asks_kms = false;
    for (size_t n = 0; n < call->num_sent; n++) {
        int type = type_of(call->sent[n].octets);
        asks_kms = asks_kms || play_is_resolve(type);
        if (type == TG_DATA_TYPE_TRANSFER_RESP)
            return true;
        if (type == TG_DATA_TYPE_TRANSFER_INIT) {
            void *memory;
            const tg_message *init = play_parse(call->sent[n].octets, &memory);
            p->begun = true;
            bool over = init && !play_wants_answer(init);
            free(memory);
            return over;
        }
    }
    if (got == TG_DATA_TYPE_TRANSFER_RESP)
        return true;
    if (got == TG_DATA_TYPE_TRANSFER_INIT) {
        p->answer_wanted = play_wants_answer(given);
        return !p->answer_wanted && !asks_kms;
    }
    return got == TG_DATA_TYPE_RESOLVE_RESP && !i && p->transfer != SIZE_MAX && !p->answer_wanted;
}

bool play_take_keys(played *p, const iut_party_call *call, const tg_message *given, bool sound, verdict *v)
{
    if (p->cast->who == TG_SENDER_K) {
        if (call->established || call->num_keys > 0)
            play_blame(v, "a KMS has no crypto sessions, and it shows some");
        return true;
    }
    bool rejects = call->outcome == TGI_REJECTED;
    bool ends = !rejects && is_over(p, call, given);
    bool wrong = !rejects && v->expected == PLAY_REJECT; /* blamed already */
    if (rejects && v->forged && p->in_force.num > 0 && !call->established)
        play_blame(v, "what is not authentic ends what was agreed before: RFC6043-5.4-02");
    if (rejects && call->established && p->in_force.num == 0 && !p->uncomparable)
        play_blame(v, "it rejects, and says that a session is established");
    else if (call->established && !ends && !rejects && p->in_force.num + p->under_way.num == 0 && !p->begun &&
             !p->uncomparable && !wrong)
        play_blame(v, "it says that a session is established before there are keys for one");
    if (wrong || (ends && !sound))
        return true;
    look l = { .p = p, .call = call, .v = v, .ends = ends };
    if (!ends && call->num_keys == 0 && !p->begun)
        return true;
    /* What follows from what it knows; a wrong key that it cannot see through is nobody's fault but the sender's. */
    if (!tgp_replay_scene_judge_all(p->scene, &p->view, p->now, see_whether_it_knows, &l))
        return false;
    const tg_known *known = l.num_cs > 0 ? &p->view : p->cast->known;
    return tgp_replay_scene_judge_all(p->scene, known, p->now, look_at, &l) && !l.failed;
}
