/* registry: the name spaces of MIKEY, one table each, made at build time from harness/registry/mikey-payloads.tsv
 * (IANA "Multimedia Internet KEYing (MIKEY) Payload Name Spaces", last updated 2019-02-15).
 *
 * The same file gives the numbers that the code decides on (TG_PAYLOAD_KEMAC, TG_MAP_GENERIC_ID, ...) and the lengths
 * that a number fixes (tg_ts_type_octets, tg_mac_alg_octets, tg_hash_func_octets, tg_dh_group_octets,
 * tg_ecc_curve_octets; -1 for a number without a known length). See ticketgate/registry_values.h in the build folder.
 */
#ifndef TICKETGATE_REGISTRY_H
#define TICKETGATE_REGISTRY_H

#include "ticketgate/base.h"
#include "ticketgate/registry_values.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One value or range of values of a name space. */
typedef struct tg_registry_entry {
    uint32_t low, high;    /* low == high for a single value */
    const char *name;      /* "REQUEST_INIT_PSK", "Unassigned", "Reserved for Private Use" */
    const char *key;       /* the name in letters, digits and underscores; "" where nothing is assigned */
    const char *reference; /* "RFC 6043", or "" */
} tg_registry_entry;

typedef struct tg_registry {
    const char *id;    /* "data_type", "next_payload", ...: the field's name in the message tree where it has one */
    const char *title; /* IANA's title of the name space */
    unsigned bits;     /* width of the field */
    const tg_registry_entry *entries;
    size_t num_entries;
} tg_registry;

/* All name spaces, in IANA's order. */
const tg_registry *tg_registries(size_t *num);
/* NULL when there is no name space with this id. */
const tg_registry *tg_registry_find(const char *id);
/* The entry that covers the value; NULL when none does. */
const tg_registry_entry *tg_registry_entry_of(const tg_registry *registry, uint32_t value);
/* The name of an assigned value, or NULL: unassigned, private and reserved values keep their number. */
const char *tg_registry_name(const char *id, uint32_t value);

#ifdef __cplusplus
}
#endif
#endif
