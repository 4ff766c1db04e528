/* Immediate messages beyond one call (TS 33.328 F.3): for whom a ticket was used before, and who sends a message on. */
#include <stdlib.h>

#include "checks.h"
#include "immediates.h"
#include "ticketgate/exchange.h"

/* Sets of tickets; in a set the copy that was met first makes room; where there is none, the message that was: that counts as closed early. */
#define NUM_SETS 1024
#define WAYS 16
#define MAX_ENDS 16
#define MAX_UID 128

typedef struct immediate {
    uint64_t ticket, transfer, call; /* hashes, number of the call */
    uint64_t met;                    /* 0: empty */
    bool sent_on, copy;              /* by somebody that an earlier one went to; a copy (TRACE.md section 2) */
    char uid[MAX_UID];               /* of its Request-URI */
    size_t uid_len;
    uint64_t went_to[MAX_ENDS]; /* hashes of addresses */
    size_t num_went_to;
    bool has_more; /* of them, for which there is no room */
} immediate;

struct tgpc_immediates {
    uint64_t met;
    immediate entries[NUM_SETS * WAYS];
};

tgpc_immediates *tgpc_immediates_new(void)
{
    return calloc(1, sizeof(tgpc_immediates));
}

void tgpc_immediates_free(tgpc_immediates *immediates)
{
    free(immediates);
}

/* What "same ticket" compares (CONVERSATION.md 8): TICKET without Next Payload, Initiator Data length and Initiator Data. */
static uint64_t hash_of_ticket(const tg_ticket *ticket)
{
    size_t len = ticket->head.octets.len, tail = 2 + ticket->initiator_data.octets.len;
    return len > tail + 1 ? tgpc_hash(tg_bytes_of(ticket->head.octets.data + 1, len - tail - 1)) : 0;
}

static immediate *set_of(tgpc_immediates *immediates, uint64_t ticket)
{
    return &immediates->entries[ticket % NUM_SETS * WAYS];
}

/* An empty place goes first, then copies: what a list server sends to many does not push out what it got. */
static bool goes_before(const immediate *a, const immediate *b)
{
    if (a->met && b->met && a->copy != b->copy)
        return a->copy;
    return a->met < b->met;
}

static immediate *make(tgp_calls *calls, uint64_t ticket)
{
    tgpc_immediates *immediates = calls->immediates;
    immediate *set = set_of(immediates, ticket), *out = set;
    for (unsigned i = 1; i < WAYS; i++)
        if (goes_before(&set[i], out))
            out = &set[i];
    if (out->met && !out->copy)
        tgpc_overlook(calls);
    *out = (immediate){ .ticket = ticket, .met = ++immediates->met };
    return out;
}

static uint64_t hash_of(const tgp_endpoint *end)
{
    return tgp_hash(tg_bytes_of(end->address.octets, sizeof end->address.octets), end->address.version);
}

static bool went_to(const immediate *entry, const tgp_endpoint *end)
{
    uint64_t hash = hash_of(end);
    for (size_t i = 0; i < entry->num_went_to; i++)
        if (entry->went_to[i] == hash)
            return true;
    return false;
}

static void add_end(immediate *entry, const tgp_endpoint *end)
{
    if (went_to(entry, end))
        return;
    if (entry->num_went_to < MAX_ENDS)
        entry->went_to[entry->num_went_to++] = hash_of(end);
    else
        entry->has_more = true;
}

static void judge(tgpc_step *step, const tgpc_key *key, tg_bytes octets, const tg_message *message,
                  const tg_ticket *ticket, bool copy)
{
    tgpc_immediates *immediates = step->calls->immediates;
    uint64_t hash = hash_of_ticket(ticket), transfer = tgpc_hash(octets);
    immediate *set = set_of(immediates, hash), *sent_on = NULL;
    uint8_t memory[1024];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_bytes uid = { NULL, 0 };
    bool has_uid = tg_kms_uid(step->head->request_uri, &arena, &uid) && uid.len <= MAX_UID, other_receiver = false,
         may_be_sent_on = false;
    for (unsigned i = 0; i < WAYS; i++) {
        immediate *one = &set[i];
        if (!one->met || one->ticket != hash)
            continue;
        if (copy && one->transfer == transfer && one->call == step->call->number) { /* on another leg, or again */
            add_end(one, &step->unit->destination);
            return;
        }
        bool is_elsewhere = one->transfer == transfer && one->call != step->call->number;
        if (is_elsewhere && went_to(one, &step->unit->source))
            sent_on = one;
        may_be_sent_on = may_be_sent_on || (is_elsewhere && one->has_more);
        if (!one->sent_on && !one->copy && one->uid_len && has_uid &&
            !tg_bytes_equal(uid, tg_bytes_of(one->uid, one->uid_len)))
            other_receiver = true;
    }
    tgpc_place place = tgpc_place_of_view(step->unit, step->head->start_line);
    uint64_t thing = tgpc_thing(TGP_PART_NONE, -1, key->octets);
    if (sent_on && step->calls->profile->kms_uids && tgpc_is_resolver(message, step->head->request_uri) == TGPC_NO)
        tgpc_tell(step->call, "TS33328-F.3-20", tgpc_whose_of(step), &place, thing,
                  "sent on as it came to somebody whom the ticket policy does not let resolve the ticket");
    if (!sent_on && may_be_sent_on)
        tgpc_overlook(step->calls);
    else if (!sent_on && !copy && other_receiver)
        tgpc_tell(step->call, "TS33328-F.3-18", tgpc_whose_of(step), &place, thing,
                  "the ticket was used before, for another receiver");
    immediate *entry = make(step->calls, hash);
    entry->transfer = transfer;
    entry->call = step->call->number;
    entry->sent_on = sent_on != NULL;
    entry->copy = copy;
    if (has_uid) {
        memcpy(entry->uid, uid.data, uid.len);
        entry->uid_len = uid.len;
    }
    add_end(entry, &step->unit->destination);
}

void tgpc_immediates_take(tgpc_step *step, const tgpc_key *key, tg_bytes octets, bool copy)
{
    size_t size = tg_message_arena_size(octets.len);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    tg_message *message;
    if (memory && tg_message_parse(octets, &arena, &message, NULL) == TG_OK) {
        const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
        if (ticket)
            judge(step, key, octets, message, ticket, copy);
    }
    free(memory);
}
