/* Registrations: who said that e2ae security is supported (TS 33.328 7.1.2, G.2; RFC 3329 2.2). */
#include <stdlib.h>

#include "registrations.h"

#define NUM_REGISTRATIONS 4096 /* addresses; in a bucket the one that was not used for the longest time makes room */
#define WAYS 4

struct tgpc_registrations {
    uint64_t uses;
    tgpc_registration entries[NUM_REGISTRATIONS];
};

tgpc_registrations *tgpc_registrations_new(void)
{
    return calloc(1, sizeof(tgpc_registrations));
}

void tgpc_registrations_free(tgpc_registrations *registrations)
{
    free(registrations);
}

static tgpc_registration *find(tgpc_registrations *registrations, const tgp_address *address, bool make)
{
    uint64_t hash = tgpc_hash(tg_bytes_of(address->octets, sizeof address->octets));
    tgpc_registration *ways = &registrations->entries[hash % (NUM_REGISTRATIONS / WAYS) * WAYS], *oldest = ways;
    for (unsigned i = 0; i < WAYS; i++) {
        if (ways[i].used && memcmp(&ways[i].address, address, sizeof *address) == 0) {
            ways[i].used = ++registrations->uses;
            return &ways[i];
        }
        if (ways[i].used < oldest->used)
            oldest = &ways[i];
    }
    if (!make)
        return NULL;
    *oldest = (tgpc_registration){ .address = *address, .used = ++registrations->uses };
    return oldest;
}

typedef struct sayings {
    bool told, msrp, bfcp;
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
    out->told = true;
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

void tgpc_registrations_take(const tgpc_step *step)
{
    sayings said = { false, false, false };
    if (step->head->request) {
        read_header(step, "Security-Client", &said);
        read_header(step, "Security-Verify", &said);
    } else {
        read_header(step, "Security-Server", &said);
    }
    if (!said.told)
        return;
    const tgp_endpoint *ue = step->head->request ? &step->unit->source : &step->unit->destination;
    tgpc_registration *entry = find(step->calls->registrations, &ue->address, true);
    if (step->head->request) {
        entry->ue_told = true;
        entry->ue_msrp = entry->ue_msrp || said.msrp;
        entry->ue_bfcp = entry->ue_bfcp || said.bfcp;
        entry->last = tgpc_place_of_view(step->unit, step->head->start_line);
    } else {
        entry->network_msrp = entry->network_msrp || said.msrp;
        entry->network_bfcp = entry->network_bfcp || said.bfcp;
    }
}

const tgpc_registration *tgpc_registered(const tgp_calls *calls, const tgp_endpoint *end)
{
    return find(calls->registrations, &end->address, false);
}
