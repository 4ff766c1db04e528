/* Registrations: who said that e2ae security is supported (TS 33.328 7.1.2, G.2; RFC 3329 2.2). */
#include <stdlib.h>

#include "registrations.h"

#define NUM_REGISTRATIONS 16384 /* in a bucket the one that was not used for the longest time makes room */
#define WAYS 4
#define MAX_IDENTITY 255

/* Of an address and an address of record. */
typedef struct registration {
    uint64_t key, used;  /* key: hash of both; used 0: empty */
    uint64_t call_id;    /* of the newest REGISTER */
    uint32_t cseq;       /* likewise */
    uint8_t ue, network; /* TGPC_UE_..., what it says; TGPC_NETWORK_..., what responses of its Call-ID said */
    uint64_t other;      /* another Call-ID that was met, and what its responses said: its REGISTER may yet come */
    uint8_t other_network;
    uint8_t now; /* what is registered; 0: nothing */
    uint64_t of; /* Call-ID of that: what its later responses say counts as well */
    bool ends;   /* the newest REGISTER ends it */
} registration;

struct tgpc_registrations {
    uint64_t uses;
    registration entries[NUM_REGISTRATIONS];
};

tgpc_registrations *tgpc_registrations_new(void)
{
    return calloc(1, sizeof(tgpc_registrations));
}

void tgpc_registrations_free(tgpc_registrations *registrations)
{
    free(registrations);
}

/* The URI without parameters, whatever the case: 0 where it cannot be read. */
static uint64_t hash_of_identity(tg_bytes value)
{
    tg_sip_address address;
    const char *reason;
    uint8_t text[MAX_IDENTITY];
    size_t len = 0;
    if (!value.len || tg_sip_address_read(value, &address, &reason) != TG_OK)
        return 0;
    for (; len < address.uri.len && len < MAX_IDENTITY && address.uri.data[len] != ';' && address.uri.data[len] != '?';
         len++) {
        uint8_t c = address.uri.data[len];
        text[len] = c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
    }
    return len ? tgpc_hash(tg_bytes_of(text, len)) | 1 : 0;
}

static registration *find(tgpc_registrations *registrations, const tgp_address *address, uint64_t identity, bool make)
{
    uint64_t both[2] = { tgpc_hash(tg_bytes_of(address->octets, sizeof address->octets)), identity };
    uint64_t key = tgpc_hash(tg_bytes_of((const uint8_t *)both, sizeof both));
    registration *ways = &registrations->entries[key % (NUM_REGISTRATIONS / WAYS) * WAYS], *oldest = ways;
    if (!identity)
        return NULL;
    for (unsigned i = 0; i < WAYS; i++) {
        if (ways[i].used && ways[i].key == key) {
            ways[i].used = ++registrations->uses;
            return &ways[i];
        }
        if (ways[i].used < oldest->used)
            oldest = &ways[i];
    }
    if (!make)
        return NULL;
    *oldest = (registration){ .key = key, .used = ++registrations->uses };
    return oldest;
}

typedef struct sayings {
    bool msrp, bfcp;
} sayings;

/* "msrp-tls;mediasec": the mechanism, then its parameters. */
static void read_mechanism(const tg_indications *names, tg_bytes value, sayings *out)
{
    size_t end = 0;
    tg_bytes parameter;
    while (end < value.len && value.data[end] != ';' && value.data[end] != ' ' && value.data[end] != '\t')
        end++;
    tg_bytes mechanism = tg_bytes_of(value.data, end), parameters = tg_bytes_of(value.data + end, value.len - end);
    while (parameters.len && parameters.data[0] != ';') {
        parameters.data++;
        parameters.len--;
    }
    if (!names->parameter || !tg_sip_parameter(parameters, names->parameter, &parameter))
        return;
    out->msrp = out->msrp || (names->msrp && tgpc_is_token(mechanism, names->msrp));
    out->bfcp = out->bfcp || (names->bfcp && tgpc_is_token(mechanism, names->bfcp));
}

static void read_header(const tgpc_step *step, const char *name, sayings *out)
{
    const tg_sip_head *head = step->head;
    for (size_t i = 0; i < head->num_headers; i++) {
        if (head->headers[i].field != TG_SIP_OTHER || !tgpc_is_token(head->headers[i].name, name))
            continue;
        tg_bytes list = head->headers[i].value, value;
        while (tg_sip_next_value(&list, &value))
            read_mechanism(&step->calls->indications, value, out);
    }
}

/* RFC 3261 10.2.2: Expires of the request, or that of its contacts. */
static bool ends_registration(const tg_sip_head *head)
{
    const tg_sip_header *expires = tg_sip_find(head, "Expires");
    if (expires && tgpc_is(expires->value, "0"))
        return true;
    for (const tg_sip_header *h = tg_sip_first(head, TG_SIP_CONTACT); h; h = tg_sip_next(head, h)) {
        size_t end = h->value.len;
        tg_bytes own;
        while (end > 0 && h->value.data[end - 1] != '>')
            end--;
        if (tg_sip_parameter(tg_bytes_of(h->value.data + end, h->value.len - end), "expires", &own) &&
            tgpc_is(own, "0"))
            return true;
    }
    return false;
}

/* A REGISTER of another Call-ID than the newest's. */
static void change_call(registration *entry, uint64_t call_id)
{
    uint8_t network = entry->other == call_id ? entry->other_network : 0;
    entry->other = entry->call_id;
    entry->other_network = entry->network;
    entry->call_id = call_id;
    entry->network = network;
}

/* A response of another Call-ID than the newest REGISTER's. */
static void note_other(registration *entry, uint64_t call_id, uint8_t network)
{
    if (!network)
        return;
    entry->other_network = (uint8_t)(entry->other == call_id ? entry->other_network | network : network);
    entry->other = call_id;
}

static void take_register(const tgpc_step *step, registration *entry, uint64_t call_id)
{
    sayings said = { false, false };
    read_header(step, "Security-Client", &said);
    read_header(step, "Security-Verify", &said);
    if (entry->call_id != call_id)
        change_call(entry, call_id);
    entry->cseq = step->head->cseq;
    entry->ue = (uint8_t)((said.msrp ? TGPC_UE_MSRP : 0) | (said.bfcp ? TGPC_UE_BFCP : 0));
    entry->ends = ends_registration(step->head);
}

static void take_response(const tg_sip_head *head, registration *entry, uint64_t call_id, uint8_t network)
{
    if (entry->now && entry->of == call_id)
        entry->now |= network;
    if (entry->call_id != call_id) {
        note_other(entry, call_id, network);
        return;
    }
    entry->network |= network;
    if (head->status >= 200 && head->status < 300 && head->cseq == entry->cseq) {
        entry->now = entry->ends ? 0 : (uint8_t)(TGPC_REGISTERED | entry->ue | entry->network);
        entry->of = call_id;
    }
}

void tgpc_registrations_take(const tgpc_step *step)
{
    const tg_sip_head *head = step->head;
    const tgp_endpoint *ue = head->request ? &step->unit->source : &step->unit->destination;
    uint64_t call_id = tgpc_hash(head->call_id);
    sayings said = { false, false };
    if (!head->request)
        read_header(step, "Security-Server", &said);
    uint8_t network = (uint8_t)((said.msrp ? TGPC_NETWORK_MSRP : 0) | (said.bfcp ? TGPC_NETWORK_BFCP : 0));
    registration *entry =
        find(step->calls->registrations, &ue->address, hash_of_identity(head->to), head->request || network);
    if (!entry)
        return;
    if (head->request)
        take_register(step, entry, call_id);
    else
        take_response(head, entry, call_id, network);
}

uint8_t tgpc_registered(const tgp_calls *calls, const tgp_endpoint *end, tg_bytes identity)
{
    const registration *entry = find(calls->registrations, &end->address, hash_of_identity(identity), false);
    return entry ? entry->now : 0;
}
