/* read_forms: octets that the tree shows by what they mean, back to octets. Private to the json room. */
#ifndef TICKETGATE_JSON_READ_FORMS_H
#define TICKETGATE_JSON_READ_FORMS_H

#include "read.h"

/* An array of policy numbers, an octet each. */
bool tg_read_policies(tg_read *r, const json_t *tree, const char *name, tg_bytes *out);
/* Hex, or {"ssrc"} or {"ssrc","roc","seq"} of SRTP (RFC 6043 6.1.1); the form decides the length, not the S flag. */
bool tg_read_session_data(tg_read *r, const json_t *tree, const char *name, tg_bytes *out);
/* An array of strings, joined by semicolons. */
bool tg_read_sdp_ids(tg_read *r, const json_t *array, tg_bytes *out);
/* A number of 32 bits. */
bool tg_read_csb_id(tg_read *r, const json_t *value, tg_bytes *out);

#endif
