/* What mutants send, where no deviation of the library is it; and how one of them reads. */
#include <stdlib.h>
#include <string.h>

#include "mutants.h"

static bool is_request(const tg_making *m)
{
    return m->message->hdr.data_type == TG_DATA_TYPE_REQUEST_INIT_PSK ||
           m->message->hdr.data_type == TG_DATA_TYPE_REQUEST_INIT_PK;
}

static bool is_resolve(const tg_making *m)
{
    return m->message->hdr.data_type == TG_DATA_TYPE_RESOLVE_INIT_PSK ||
           m->message->hdr.data_type == TG_DATA_TYPE_RESOLVE_INIT_PK;
}

/* Of a ticket that was not transferred before: reuse has a row of its own (5.3-01). */
static bool is_first(const tg_making *m)
{
    return m->ex && strcmp(m->ex, "transfer") == 0;
}

#define SAME_CSB_ID 0x5ca1ab1eu

void iut_same_csb_id_in_request(tg_making *m)
{
    if (is_request(m))
        m->message->hdr.csb_id = SAME_CSB_ID;
}

void iut_same_csb_id_in_transfer(tg_making *m)
{
    if (is_first(m))
        m->message->hdr.csb_id = SAME_CSB_ID;
}

void iut_same_csb_id_in_resolve(tg_making *m)
{
    if (is_resolve(m))
        m->message->hdr.csb_id = SAME_CSB_ID;
}

/* In the maker's memory, so that what is derived from the RAND follows. */
static void overwrite(tg_making *m, uint8_t rand_role)
{
    const tg_randr *randr = tg_randr_find(m->message->payloads, rand_role);
    if (randr)
        memset((uint8_t *)(uintptr_t)randr->rand.data, 0xa5, randr->rand.len);
}

void iut_same_rand_in_request(tg_making *m)
{
    if (is_request(m))
        overwrite(m, TG_RAND_ROLE_I);
}

void iut_same_rand_in_transfer(tg_making *m)
{
    if (is_first(m))
        overwrite(m, TG_RAND_ROLE_I);
}

void iut_same_randr_in_transfer_resp(tg_making *m)
{
    if (is_first(m))
        overwrite(m, TG_RAND_ROLE_R);
}

void iut_same_rand_in_resolve(tg_making *m)
{
    if (is_resolve(m))
        overwrite(m, TG_RAND_ROLE_R);
}

/* Cuts off what stands behind the last payload. */
void iut_without_trailing(tg_bytes *octets)
{
    uint8_t *block = NULL;
    tg_message *message = NULL;
    tg_diag diag;
    if (iut_parse(*octets, &block, &message, &diag) == TG_TRAILING && diag.offset < octets->len &&
        strcmp(diag.id, "RFC3830-6.1-x04") == 0)
        octets->len = diag.offset;
    free(block);
}
