/* pcap replay --as: what there is to say of a message of the role beside what the library's judge says: to whom it goes, what it answers, how many
 * there are, and whether what has to be fresh is. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd_pcap_replay_play.h"
#include "ticketgate/registry_values.h"

const tg_message *play_parse(tg_bytes octets, void **memory)
{
    tg_message *message = NULL;
    size_t size = tg_message_arena_size(octets.len);
    *memory = malloc(size);
    tg_arena arena = tg_arena_of(*memory, *memory ? size : 0);
    return *memory && tg_message_parse(octets, &arena, &message, NULL) == TG_OK ? message : NULL;
}

static bool is_request(int type)
{
    return type == TG_DATA_TYPE_REQUEST_INIT_PSK || type == TG_DATA_TYPE_REQUEST_INIT_PK;
}

static const char *name_of(tg_sender who)
{
    return who == TG_SENDER_I ? "Initiator" : who == TG_SENDER_R ? "Responder" : "KMS";
}

/* ---- to whom ------------------------------------------------------------------------------------------------------- */

static tg_sender other_end(tg_sender who)
{
    return who == TG_SENDER_I ? TG_SENDER_R : TG_SENDER_I;
}

/* An Error goes to who sent what it is about (5.4); of a Responder whom the KMS leaves without keys, to the Initiator too. */
static bool goes_right(const played *p, const play_given *given, int type, tg_sender to)
{
    tg_sender who = p->cast->who;
    if (is_request(type) || play_is_resolve(type))
        return to == TG_SENDER_K;
    if (type == TG_DATA_TYPE_TRANSFER_INIT || type == TG_DATA_TYPE_TRANSFER_RESP)
        return who != TG_SENDER_K && to == other_end(who);
    if (type == TG_DATA_TYPE_REQUEST_RESP || type == TG_DATA_TYPE_RESOLVE_RESP)
        return to == (type == TG_DATA_TYPE_REQUEST_RESP ? TG_SENDER_I : TG_SENDER_R);
    return given->starts || to == given->from ||
           (who == TG_SENDER_R && given->from == TG_SENDER_K && to == TG_SENDER_I);
}

/* ---- what it answers ----------------------------------------------------------------------------------------------- */

/* May a role that gets the one send the other (4.1, figure 1; 5.2; 5.4)? */
static bool has_a_place(const played *p, const play_given *given, int type)
{
    tg_sender who = p->cast->who;
    if (type == TG_DATA_TYPE_ERROR)
        return !given->starts;
    if (given->starts)
        return type == given->type || (is_request(type) && is_request(given->type));
    switch (given->type) {
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_REQUEST_INIT_PK:
        return type == TG_DATA_TYPE_REQUEST_RESP;
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK: /* of two KMSs one asks the other (10) */
        return type == TG_DATA_TYPE_RESOLVE_RESP || play_is_resolve(type);
    case TG_DATA_TYPE_TRANSFER_INIT:
        return type == TG_DATA_TYPE_TRANSFER_RESP || (who == TG_SENDER_R && play_is_resolve(type));
    case TG_DATA_TYPE_RESOLVE_RESP:
        return who == TG_SENDER_R ? type == TG_DATA_TYPE_TRANSFER_RESP : type == TG_DATA_TYPE_RESOLVE_RESP;
    default:
        return false;
    }
}

static const char *type_name(int type)
{
    const char *name = type >= 0 ? tg_registry_name("data_type", (uint8_t)type) : NULL;
    return name ? name : "message";
}

void play_check_sent(played *p, const iut_party_call *call, size_t n, const play_given *given, verdict *v)
{
    tg_bytes octets = call->sent[n].octets;
    int type = octets.len > 1 ? octets.data[1] : -1;
    const char *name = type_name(type);
    size_t answers = 0;
    if (!goes_right(p, given, type, call->sent[n].to))
        play_blame(v, "it sends its %s to the %s", name, name_of(call->sent[n].to));
    if (!has_a_place(p, given, type))
        play_blame(v, "its %s answers nothing", name);
    if (call->outcome == TGI_REJECTED && type != TG_DATA_TYPE_ERROR)
        play_blame(v, "it rejects, and sends %s all the same", name);
    if (call->outcome == TGI_ACCEPTED && type == TG_DATA_TYPE_ERROR && given->type != TG_DATA_TYPE_ERROR)
        play_blame(v, "it accepts, and sends an Error about it");
    for (size_t k = 0; k < p->cast->num && type != TG_DATA_TYPE_ERROR; k++) {
        if (p->cast->lines[k].m->from == p->cast->who && tg_bytes_equal(octets, p->cast->lines[k].m->was))
            play_blame(v, "its %s is a captured one, octet by octet", name); /* keys, RANDs and T are its own */
    }
    for (size_t i = 0; i < n; i++) {
        tg_bytes other = call->sent[i].octets;
        answers += (other.len > 1 && other.data[1] == TG_DATA_TYPE_ERROR) == (type == TG_DATA_TYPE_ERROR);
    }
    if (answers == 1)
        play_blame(v, "it sends more than one answer");
}

/* ---- what has to be fresh ------------------------------------------------------------------------------------------ */

/* Of a message that is no update; `row`, `csb_row`: of the catalogue, NULL: it is somebody else's. */
static const struct {
    uint8_t type, rand_role;
    const char *row, *csb_row;
} fresh[] = {
    { TG_DATA_TYPE_REQUEST_INIT_PSK, TG_RAND_ROLE_I, "RFC6043-4.2.1.1-x02", "RFC6043-4.2.1.1-02" },
    { TG_DATA_TYPE_REQUEST_INIT_PK, TG_RAND_ROLE_I, "RFC6043-4.2.1.1-x02", "RFC6043-4.2.1.1-02" },
    { TG_DATA_TYPE_TRANSFER_INIT, TG_RAND_ROLE_I, "RFC6043-4.2.2.1-x04", "RFC6043-4.2.2.1-02" },
    { TG_DATA_TYPE_TRANSFER_RESP, TG_RAND_ROLE_R, "RFC6043-4.2.2.3-x03", NULL },
    { TG_DATA_TYPE_RESOLVE_INIT_PSK, TG_RAND_ROLE_R, "RFC6043-4.2.3.1-x03", "RFC6043-4.2.3.1-02" },
    { TG_DATA_TYPE_RESOLVE_INIT_PK, TG_RAND_ROLE_R, "RFC6043-4.2.3.1-x03", "RFC6043-4.2.3.1-02" },
    { TG_DATA_TYPE_RESOLVE_RESP, TG_RAND_ROLE_KMS, "RFC6043-4.2.3.5-x04", NULL },
};

enum { MOST_SAID = 2048, MOST_RAND = 64 };

/* What an implementation drew, since it was started: in other conversations and in this one. */
struct play_drawn {
    struct {
        uint8_t type, len, rand[MOST_RAND];
        uint32_t csb_id;
    } all[MOST_SAID];
    size_t num; /* ever; the oldest are overwritten */
    unsigned restarts;
};

void play_forget_drawn(replay_run *run)
{
    free(run->drawn);
    run->drawn = NULL;
}

static tg_bytes rand_in(const tg_message *m, uint8_t role)
{
    const tg_randr *randr = tg_randr_find(m->payloads, role);
    return randr ? randr->rand : tg_bytes_of(NULL, 0);
}

static bool same_kind(uint8_t a, uint8_t b)
{
    return a == b || (play_is_resolve(a) && play_is_resolve(b)) || (is_request(a) && is_request(b));
}

static void compare_drawn(const struct play_drawn *d, size_t kind, const tg_message *m, verdict *v)
{
    tg_bytes rand = rand_in(m, fresh[kind].rand_role);
    uint8_t type = fresh[kind].type;
    bool rand_again = false, csb_again = false;
    for (size_t i = 0; i < d->num && i < MOST_SAID; i++) {
        /* RANDRr of TRANSFER_RESP is another than that of RESOLVE_INIT, too (4.2.2.3). */
        bool comparable =
            same_kind(type, d->all[i].type) || (type == TG_DATA_TYPE_TRANSFER_RESP && play_is_resolve(d->all[i].type));
        if (!comparable)
            continue;
        rand_again = rand_again || (rand.len > 0 && rand.len == d->all[i].len && rand.len <= MOST_RAND &&
                                    memcmp(rand.data, d->all[i].rand, rand.len) == 0);
        csb_again = csb_again || (same_kind(type, d->all[i].type) && d->all[i].csb_id == m->hdr.csb_id);
    }
    if (rand_again)
        play_blame(v, "its RAND comes again: %s", fresh[kind].row);
    if (csb_again && fresh[kind].csb_row)
        play_blame(v, "its CSB ID comes again: %s", fresh[kind].csb_row);
}

static void remember(struct play_drawn *d, size_t kind, const tg_message *m)
{
    tg_bytes rand = rand_in(m, fresh[kind].rand_role);
    size_t at = d->num++ % MOST_SAID;
    d->all[at].type = fresh[kind].type;
    d->all[at].csb_id = m->hdr.csb_id;
    d->all[at].len = rand.len <= MOST_RAND ? (uint8_t)rand.len : 0;
    if (d->all[at].len > 0)
        memcpy(d->all[at].rand, rand.data, rand.len);
}

/* What the captured one drew, no other draws. */
static void compare_captured(const played *p, size_t model, size_t kind, const tg_message *m, verdict *v)
{
    const role_line *l = model != SIZE_MAX ? &p->cast->lines[model] : NULL;
    if (!l || !l->parsed || l->parsed->hdr.data_type != m->hdr.data_type)
        return;
    tg_bytes rand = rand_in(m, fresh[kind].rand_role);
    if (rand.len > 0 && tg_bytes_equal(rand, rand_in(l->parsed, fresh[kind].rand_role)))
        play_blame(v, "its RAND is the captured one: %s", fresh[kind].row);
    if (fresh[kind].csb_row && m->hdr.csb_id == l->parsed->hdr.csb_id)
        play_blame(v, "its CSB ID is the captured one: %s", fresh[kind].csb_row);
}

bool play_check_fresh(played *p, const tg_message *m, size_t model, bool is_update, verdict *v)
{
    replay_run *run = p->run;
    size_t kind = 0;
    while (kind < sizeof fresh / sizeof *fresh && fresh[kind].type != m->hdr.data_type)
        kind++;
    if (kind == sizeof fresh / sizeof *fresh || is_update)
        return true;
    if (!run->drawn && !(run->drawn = calloc(1, sizeof *run->drawn)))
        return false;
    if (run->drawn->restarts != iut_restarts(p->u)) { /* what draws from a fixed seed begins again */
        run->drawn->num = 0;
        run->drawn->restarts = iut_restarts(p->u);
    }
    compare_captured(p, model, kind, m, v);
    compare_drawn(run->drawn, kind, m, v);
    remember(run->drawn, kind, m);
    return true;
}

/* ---- what it does not send ----------------------------------------------------------------------------------------- */

/* The row by which something has to come of what it accepted; NULL: nothing need. */
static const char *row_of_silence(const played *p, const play_given *given)
{
    bool is_update = given->message && !tg_payload_find(given->message->payloads, TG_PAYLOAD_TICKET);
    switch (given->type) {
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_REQUEST_INIT_PK:
        return "RFC6043-4.2.1.4-02";
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK:
        return "RFC6043-4.2.3.4-x02";
    case TG_DATA_TYPE_TRANSFER_INIT:
        return !given->message || !play_wants_answer(given->message) ? NULL
               : is_update                                           ? "RFC6043-5.2-x03"
                                                                     : "RFC6043-4.2.2.2-04";
    case TG_DATA_TYPE_RESOLVE_RESP:
        return p->transfer != SIZE_MAX && p->answer_wanted ? "RFC6043-4.2.2.2-04" : NULL;
    default:
        return NULL;
    }
}

bool play_check_silence(const played *p, const iut_party_call *call, const play_given *given, verdict *v)
{
    const char *row = given->starts ? NULL : row_of_silence(p, given);
    if (call->num_sent > 0 || call->outcome != TGI_ACCEPTED || v->expected == PLAY_REJECT)
        return false;
    if (given->starts)
        play_blame(v, "it says that it begins, and sends nothing");
    else if (row)
        play_blame(v, "it accepts, and sends nothing: %s", row);
    return given->starts || row;
}
