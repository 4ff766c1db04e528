/* mikey_ticket: what the files of the Wireshark plugin share. SPDX-License-Identifier: GPL-2.0-or-later
 *
 * dissector.c registers the protocol and hears what there is to dissect; fields.c makes Wireshark's fields from the layouts and the registry
 * of the library; tree.c shows a message by them; findings.c judges it and says so as expert information.
 */
#ifndef TICKETGATE_MIKEY_TICKET_H
#define TICKETGATE_MIKEY_TICKET_H

#include <epan/packet.h>

#include "ticketgate/message.h"
#include "ticketgate/rules.h"

/* ---- fields --------------------------------------------------------------------------------------------------- */

/* Parts of a field that stand in octets of their own: those of KV data and of the CS ID map, the length of a salt, the First Payload octet
 * of a chain. Names are those that tg_field_range knows, and `time` for the date that a timestamp gives. */
#define MT_PARTS(X)                                                                                                    \
    X(FIRST_PAYLOAD, "first_payload", FT_UINT8)                                                                        \
    X(SALT_LEN, "salt_len", FT_UINT16)                                                                                 \
    X(TIME, "time", FT_ABSOLUTE_TIME)                                                                                  \
    X(SPI_LEN, "spi_len", FT_UINT8)                                                                                    \
    X(SPI, "spi", FT_BYTES)                                                                                            \
    X(VF_LEN, "vf_len", FT_UINT8)                                                                                      \
    X(VALID_FROM, "valid_from", FT_BYTES)                                                                              \
    X(VT_LEN, "vt_len", FT_UINT8)                                                                                      \
    X(VALID_TO, "valid_to", FT_BYTES)                                                                                  \
    X(NUM_CS, "num_cs", FT_UINT8)                                                                                      \
    X(CS_ID_MAP_TYPE, "cs_id_map_type", FT_UINT8)
typedef enum mt_part {
#define MT_ENUM(symbol, name, type) MT_PART_##symbol,
    MT_PARTS(MT_ENUM)
#undef MT_ENUM
        MT_NUM_PARTS
} mt_part;

/* One field of a layout as Wireshark knows it. Indices are -1 where there is none. */
typedef struct mt_field {
    int hf;
    int parts[MT_NUM_PARTS]; /* what it consists of */
    int *flags;              /* of TG_FIELD_FLAGS: one for each of TG_FLAG_LETTERS */
} mt_field;

/* One layout: HDR, a payload, a list entry. */
typedef struct mt_layout {
    const tg_layout *layout;
    int hf, ett;
    mt_field *fields; /* as many as the layout has */
} mt_layout;

/* Registers all fields and subtrees of the protocol; called once. */
void mt_fields_register(int protocol);
/* NULL for what the library has no layout for. */
const mt_layout *mt_layout_of(const tg_layout *layout);
extern int mt_ett_field; /* subtrees of fields */
extern int mt_hf_unread; /* octets of a message that cannot be cut into payloads */
extern int mt_hf_finding, mt_hf_finding_clause, mt_hf_finding_level, mt_hf_finding_path;

/* ---- tree ----------------------------------------------------------------------------------------------------- */

/* Where something of the message is shown, so that a finding can be hung there. */
typedef struct mt_place {
    size_t offset, length; /* octets of the message */
    proto_item *item;
} mt_place;

typedef struct mt_view {
    tvbuff_t *tvb; /* the message, whole */
    packet_info *pinfo;
    proto_item *root;
    const uint8_t *base; /* its octets: all views of the library point in here */
    size_t len;
    mt_place *places;
    size_t num_places, max_places;
} mt_view;

void mt_tree_add_message(mt_view *view, proto_tree *tree, const tg_message *message);
/* A header alone, and the rest as octets: for messages that cannot be cut. */
void mt_tree_add_unread(mt_view *view, proto_tree *tree);
/* The smallest thing shown that covers these octets; the message itself where nothing smaller does. */
proto_item *mt_tree_place(const mt_view *view, size_t offset, size_t length);

/* ---- findings ------------------------------------------------------------------------------------------------- */

enum { MT_MAX_FINDINGS = 256 };
/* An expert field for each row of the catalogue that a single message may break; called once. */
void mt_findings_register(int protocol);
/* Judges a message; its findings go into the tree, at most MT_MAX_FINDINGS. */
void mt_findings_add(const mt_view *view, const tg_message *message, const tg_profile *profile,
                     const tg_context *context);
/* Why a message could not be read. */
void mt_findings_add_fault(const mt_view *view, const tg_diag *diag);

#endif
