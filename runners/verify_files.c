#include "verify_files.h"

#include <stdlib.h>

#include "ticketgate/crypto.h"

/* One operand while it is read. */
typedef struct operand {
    verify_files *files;
    const char *path, *ex; /* ex NULL: not said */
    tg_sender from;
} operand;

void verify_files_free(verify_files *f)
{
    keeping_free(&f->keeping);
    workspace_free(&f->ws);
    free(f->sent);
    *f = (verify_files){ 0 };
}

/* ---- what a message belongs to ------------------------------------------------------------------------------ */

static tg_sender other(tg_sender party)
{
    return party == TG_SENDER_I ? TG_SENDER_R : TG_SENDER_I;
}

/* A TRANSFER_INIT with neither RANDRi nor TICKET is an update (FORMAT.md, section 3). */
static void tell_transfer_init(verify_files *f, const tg_message *message, tg_sent *sent)
{
    bool update =
        !tg_randr_find(message->payloads, TG_RAND_ROLE_I) && !tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
    sent->from = TG_SENDER_I;
    sent->ex = update ? keep_text(&f->keeping, "update%zu", f->num_updates++) : "transfer";
}

/* What answers belongs to the last message of the exchange. */
static void tell_answer(const verify_files *f, bool is_error, tg_sent *sent)
{
    const tg_sent *last = f->num ? &f->sent[f->num - 1] : NULL;
    sent->ex = last ? last->ex : is_error ? "request" : "transfer";
    sent->from = last ? other(last->from) : TG_SENDER_R;
    if (is_error && (!sent->ex || strcmp(sent->ex, "request") == 0 || strcmp(sent->ex, "resolve") == 0))
        sent->from = TG_SENDER_K;
}

static void tell_exchange(verify_files *f, tg_sent *sent)
{
    const tg_message *message = NULL;
    tg_diag diag;
    if (workspace_parse(&f->ws, sent->octets, &message, &diag) != TG_OK)
        return;
    switch (message->hdr.data_type) {
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_REQUEST_INIT_PK:
        sent->ex = "request";
        sent->from = TG_SENDER_I;
        break;
    case TG_DATA_TYPE_REQUEST_RESP:
        sent->ex = "request";
        sent->from = TG_SENDER_K;
        break;
    case TG_DATA_TYPE_TRANSFER_INIT:
        tell_transfer_init(f, message, sent);
        break;
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK:
        sent->ex = "resolve";
        sent->from = TG_SENDER_R;
        break;
    case TG_DATA_TYPE_RESOLVE_RESP:
        sent->ex = "resolve";
        sent->from = TG_SENDER_K;
        break;
    case TG_DATA_TYPE_TRANSFER_RESP: {
        const tg_sent *init = NULL; /* a Ticket Resolve may stand between the two */
        for (size_t i = 0; i < f->num; i++) {
            if (f->sent[i].ex && strcmp(f->sent[i].ex, "request") != 0 && strcmp(f->sent[i].ex, "resolve") != 0)
                init = &f->sent[i];
        }
        sent->ex = init ? init->ex : "transfer";
        sent->from = init ? other(init->from) : TG_SENDER_R;
        break;
    }
    case TG_DATA_TYPE_ERROR:
        tell_answer(f, true, sent);
        break;
    default:
        tell_answer(f, false, sent);
        break;
    }
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

/* "transfer,I=offer.sdp"; without the part before '=' the whole is a path. */
static void split_operand(verify_files *f, const char *text, operand *out)
{
    const char *equals = strchr(text, '='), *comma = strchr(text, ',');
    out->path = text;
    if (!equals || !comma || comma > equals || equals - comma != 2)
        return;
    char from[2] = { comma[1], '\0' };
    if (!tg_sender_from_name(from, &out->from))
        return;
    out->ex = keep_text(&f->keeping, "%.*s", (int)(comma - text), text);
    out->path = equals + 1;
}

static int take_message(void *user, const request_message *found)
{
    operand *o = user;
    verify_files *f = o->files;
    if (f->num == f->capacity) {
        size_t larger = f->capacity ? f->capacity * 2 : 16;
        tg_sent *sent = realloc(f->sent, larger * sizeof *sent);
        if (!sent) {
            cli_complain("out of memory");
            return CLI_INTERNAL;
        }
        f->sent = sent;
        f->capacity = larger;
    }
    uint8_t *octets = keep_memory(&f->keeping, found->octets.len);
    if (found->octets.len > 0)
        memcpy(octets, found->octets.data, found->octets.len);
    tg_sent *sent = &f->sent[f->num];
    *sent = (tg_sent){ .octets = tg_bytes_of(octets, found->octets.len), .ex = o->ex, .from = o->from };
    if (!o->ex)
        tell_exchange(f, sent);
    f->num++;
    return CLI_OK;
}

int verify_files_read(verify_files *f, request *r, char *const *operands, size_t num)
{
    static char standard_input[] = "-";
    char *const alone[] = { standard_input };
    if (num == 0)
        return verify_files_read(f, r, alone, 1);
    for (size_t i = 0; i < num; i++) {
        operand o = { .files = f };
        split_operand(f, operands[i], &o);
        int code = request_run(r, o.path, take_message, &o);
        if (code != CLI_OK)
            return code;
    }
    return CLI_OK;
}
