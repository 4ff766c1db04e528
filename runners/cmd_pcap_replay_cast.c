/* pcap replay --as: who sent and got which message of a conversation. */
#include <stdlib.h>

#include "cmd_pcap_replay_role.h"
#include "ticketgate/registry_values.h"

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static int type_of(const role_line *l)
{
    return l->m->octets.len > 1 ? l->m->octets.data[1] : -1;
}

static bool is_resolve(const role_line *l)
{
    int type = type_of(l);
    return type == TG_DATA_TYPE_RESOLVE_INIT_PSK || type == TG_DATA_TYPE_RESOLVE_INIT_PK;
}

const tg_payload *role_payload(const role_line *l, uint16_t type)
{
    return l->parsed ? tg_payload_find(l->parsed->payloads, type) : NULL;
}

/* Whom it went to, by the exchange that it belongs to. */
static tg_sender receiver_of(const role_line *l)
{
    const char *ex = l->m->ex;
    int type = type_of(l);
    if (l->m->from == TG_SENDER_K)
        return begins(ex, "request") ? TG_SENDER_I : TG_SENDER_R;
    if (begins(ex, "request") || begins(ex, "resolve") || is_resolve(l) || type == TG_DATA_TYPE_REQUEST_INIT_PSK ||
        type == TG_DATA_TYPE_REQUEST_INIT_PK)
        return TG_SENDER_K;
    return l->m->from == TG_SENDER_I ? TG_SENDER_R : l->m->from == TG_SENDER_R ? TG_SENDER_I : TG_SENDER_UNKNOWN;
}

bool role_starts(const role_cast *cast, size_t line)
{
    int type = type_of(&cast->lines[line]);
    return type == TG_DATA_TYPE_REQUEST_INIT_PSK || type == TG_DATA_TYPE_REQUEST_INIT_PK ||
           type == TG_DATA_TYPE_TRANSFER_INIT;
}

bool role_sends(const role_cast *cast, size_t line, size_t actor)
{
    return cast->lines[line].m->from == cast->who && (cast->lines[line].actors >> actor & 1);
}

bool role_receives(const role_cast *cast, size_t line, size_t actor)
{
    return cast->lines[line].m->from != cast->who && cast->lines[line].to == cast->who &&
           (cast->lines[line].actors >> actor & 1);
}

/* ---- Responders ----------------------------------------------------------------------------------------------- */

static tg_identity identity_in(const role_line *l, uint8_t role)
{
    const tg_idr *idr = l->parsed ? tg_idr_find(l->parsed->payloads, role) : NULL;
    return idr ? (tg_identity){ true, idr->id_type, idr->id_data } : (tg_identity){ .known = false };
}

/* The actor of that name; one more where there is room; else the last. */
static size_t actor_named(role_cast *c, tg_identity self, tg_bytes psk_name)
{
    for (size_t i = 0; i < c->num_actors; i++) {
        const role_actor *a = &c->actors[i];
        bool same = self.known && a->self.known ? tg_bytes_equal(a->self.data, self.data)
                                                : tg_bytes_equal(a->psk_name, psk_name);
        if (same)
            return i;
    }
    if (c->num_actors < ROLE_MAX_ACTORS)
        c->actors[c->num_actors++] = (role_actor){ .self = self, .psk_name = psk_name };
    return c->num_actors - 1;
}

static bool is_initial_transfer(const role_line *l)
{
    return type_of(l) == TG_DATA_TYPE_TRANSFER_INIT && l->m->from == TG_SENDER_I && !begins(l->m->ex, "update");
}

static void cast_resolves(role_cast *c)
{
    for (size_t i = 0; i < c->num; i++) {
        role_line *l = &c->lines[i];
        if (l->m->from == TG_SENDER_R && is_resolve(l)) {
            tg_identity psk = identity_in(l, TG_ID_ROLE_PSK);
            l->actors = 1u << actor_named(c, identity_in(l, TG_ID_ROLE_R), psk.data);
        }
        for (size_t k = i; k-- > 0 && l->m->from == TG_SENDER_K && l->to == TG_SENDER_R;) {
            if (is_resolve(&c->lines[k]) && strcmp(c->lines[k].m->ex, l->m->ex) == 0) {
                l->actors = c->lines[k].actors;
                break;
            }
        }
    }
}

/* Who resolved its ticket got a TRANSFER_INIT; else who answered it in his name; else whom it names. */
static unsigned receivers_of(role_cast *c, size_t line)
{
    unsigned actors = 0;
    for (size_t i = line + 1; i < c->num && !is_initial_transfer(&c->lines[i]); i++)
        actors |= is_resolve(&c->lines[i]) ? c->lines[i].actors : 0;
    for (size_t i = line + 1; i < c->num && !actors; i++) {
        const role_line *l = &c->lines[i];
        tg_identity r = identity_in(l, TG_ID_ROLE_R);
        if (l->m->from == TG_SENDER_R && l->to == TG_SENDER_I && strcmp(l->m->ex, c->lines[line].m->ex) == 0 && r.known)
            actors |= 1u << actor_named(c, r, tg_bytes_of(NULL, 0));
    }
    tg_identity called = identity_in(&c->lines[line], TG_ID_ROLE_R);
    return actors ? actors : 1u << actor_named(c, called.known ? called : c->known->r, tg_bytes_of(NULL, 0));
}

static bool has_answered(const role_cast *c, size_t before, const char *ex, unsigned actor)
{
    for (size_t i = 0; i < before; i++) {
        const role_line *l = &c->lines[i];
        if (l->m->from == TG_SENDER_R && l->to == TG_SENDER_I && strcmp(l->m->ex, ex) == 0 && (l->actors & actor))
            return true;
    }
    return false;
}

/* Whose TRANSFER_RESP or Error it is: his whom it names, else of those who were asked one who has not answered yet. */
static unsigned answerer_of(const role_cast *c, size_t line, unsigned asked)
{
    tg_identity r = identity_in(&c->lines[line], TG_ID_ROLE_R);
    for (size_t a = 0; a < c->num_actors; a++) {
        if ((asked >> a & 1) && r.known && c->actors[a].self.known && tg_bytes_equal(r.data, c->actors[a].self.data))
            return 1u << a;
    }
    for (size_t a = 0; a < c->num_actors; a++) {
        if ((asked >> a & 1) && !has_answered(c, line, c->lines[line].m->ex, 1u << a))
            return 1u << a;
    }
    return asked & (~asked + 1); /* the first */
}

/* Both ends of an update are those of the last answer before it, of the same call if there is one. */
static unsigned party_of_update(const role_cast *c, size_t line)
{
    unsigned last = 1;
    bool same_call = false;
    for (size_t i = 0; i < line; i++) {
        const role_line *l = &c->lines[i];
        bool same = l->m->call == c->lines[line].m->call;
        if (type_of(l) == TG_DATA_TYPE_TRANSFER_RESP && l->m->from == TG_SENDER_R && (same || !same_call)) {
            last = l->actors;
            same_call = same;
        }
    }
    return last;
}

static void cast_responders(role_cast *c)
{
    cast_resolves(c);
    for (size_t i = 0; i < c->num; i++) {
        role_line *l = &c->lines[i];
        if (is_initial_transfer(l))
            l->actors = receivers_of(c, i);
        else if (type_of(l) == TG_DATA_TYPE_TRANSFER_INIT)
            l->actors = party_of_update(c, i);
        else if (!l->actors && (l->to == TG_SENDER_I || l->to == TG_SENDER_R) && l->m->from != TG_SENDER_K) {
            unsigned asked = 0;
            for (size_t k = 0; k < i; k++) {
                if (strcmp(c->lines[k].m->ex, l->m->ex) == 0 && type_of(&c->lines[k]) == TG_DATA_TYPE_TRANSFER_INIT)
                    asked = c->lines[k].actors;
            }
            l->actors = asked ? answerer_of(c, i, asked) : 1;
        }
    }
    if (c->num_actors == 0)
        (void)actor_named(c, c->known->r, tg_bytes_of(NULL, 0));
}

/* ---- Initiators ----------------------------------------------------------------------------------------------- */

/* Where a call forks, an Initiator of its own for each answer: with one of them a session is established. */
static void cast_initiators(role_cast *c)
{
    c->num_actors = 1;
    for (size_t i = 0; i < c->num; i++) {
        role_line *l = &c->lines[i];
        size_t ordinal = 0;
        l->actors = (1u << ROLE_MAX_ACTORS) - 1;
        if (l->m->from != TG_SENDER_R || l->to != TG_SENDER_I || type_of(l) == TG_DATA_TYPE_TRANSFER_INIT)
            continue;
        for (size_t k = 0; k < i; k++)
            ordinal += c->lines[k].m->from == TG_SENDER_R && c->lines[k].to == TG_SENDER_I &&
                       strcmp(c->lines[k].m->ex, l->m->ex) == 0;
        ordinal = ordinal < ROLE_MAX_ACTORS ? ordinal : ROLE_MAX_ACTORS - 1;
        l->actors = 1u << ordinal;
        c->num_actors = ordinal + 1 > c->num_actors ? ordinal + 1 : c->num_actors;
    }
}

/* ---- a conversation -------------------------------------------------------------------------------------------- */

static bool read_lines(role_cast *c, const replay_run *run, const replay_item *items, size_t num)
{
    c->lines = tg_arena_alloc(&c->arena, num * sizeof *c->lines);
    for (size_t i = 0; c->lines && i < num; i++) {
        role_line *l = &c->lines[c->num++];
        tg_message *message = NULL;
        *l = (role_line){ .message = items[i].message,
                          .m = tgp_replay_message_at(run->replay, items[i].message),
                          .item = &items[i] };
        tg_status status = tg_message_parse(l->m->octets, &c->arena, &message, NULL);
        if (status == TG_ARENA_FULL)
            return false;
        l->parsed = status == TG_OK ? message : NULL;
        l->to = receiver_of(l);
    }
    return c->lines != NULL;
}

bool role_cast_make(const replay_run *run, const replay_item *items, size_t num, tg_sender who, role_cast *c)
{
    size_t size = ROLE_MEMORY;
    const tgp_replay_message *first = tgp_replay_message_at(run->replay, items[0].message);
    for (size_t i = 0; i < num; i++)
        size +=
            tg_message_arena_size(tgp_replay_message_at(run->replay, items[i].message)->octets.len) + sizeof *c->lines;
    *c = (role_cast){ .replay = run->replay,
                      .known = tgp_replay_known(run->replay, first->conversation),
                      .conversation = first->conversation,
                      .who = who };
    void *memory = malloc(size);
    c->arena = tg_arena_of(memory, memory ? size : 0);
    if (!memory || !read_lines(c, run, items, num)) {
        role_cast_free(c);
        return false;
    }
    if (!c->known)
        c->cannot = "the key file has no keys for this conversation";
    else if (num > TG_RESEAL_MAX_MESSAGES)
        c->cannot = "this conversation has more than 256 messages";
    if (who == TG_SENDER_R && c->known) {
        cast_responders(c);
    } else if (who == TG_SENDER_I) {
        cast_initiators(c);
    } else {
        c->num_actors = 1;
        for (size_t i = 0; i < num; i++)
            c->lines[i].actors = 1;
    }
    return true;
}

void role_cast_free(role_cast *c)
{
    tg_arena_wipe(&c->arena, 0);
    free(c->arena.data);
    c->arena = tg_arena_of(NULL, 0);
}
