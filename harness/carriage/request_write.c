/* Writes a SIP request: the head by libosip2, the body as it is. */
#include "ticketgate/carriage.h"

#include "osip.h"
#include "request.h"

#include <stdio.h>

#define MAX_FIELDS 16
#define VALUE_MAX (2 * TG_SIP_TEXT_MAX + 64) /* a URI with its tag */

typedef struct writing {
    tgc_sip_field fields[MAX_FIELDS];
    size_t num;
    char via[VALUE_MAX], from[VALUE_MAX], to[VALUE_MAX], cseq[VALUE_MAX], asserted[VALUE_MAX], contact[VALUE_MAX];
    char length[24];
} writing;

static tg_status refuse(tg_status status, const char **reason, const char *why)
{
    *reason = why;
    return status;
}

/* NULL is fine. A control character could begin a header of its own. */
static bool is_text(const char *text)
{
    size_t len = text ? strlen(text) : 0;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return false;
    }
    return len < TG_SIP_TEXT_MAX;
}

/* The words of Via, From and Call-ID: nothing in them ends the word. */
static bool is_word(const char *text)
{
    return text && *text && is_text(text) && strpbrk(text, " ;,<>\"=") == NULL;
}

static bool is_uri(const char *uri, bool needed)
{
    return uri ? is_text(uri) && tgc_is_clean_uri(uri) : !needed;
}

static tg_status check(const tg_sip_plan *plan, const char **reason)
{
    const char *const values[] = { plan->event, plan->subscription_state, plan->content_type, plan->transfer_encoding,
                                   plan->disposition };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (!is_text(values[i]))
            return refuse(TG_BAD_SIP, reason, "a value is too long, or holds a control character");
    }
    if (!is_word(plan->method) || !is_word(plan->from_tag) || !is_word(plan->call_id) || !is_word(plan->branch) ||
        !is_word(plan->sent_by) || (plan->to_tag && !is_word(plan->to_tag)))
        return refuse(TG_BAD_SIP, reason, "method, tags, Call-ID, branch or host is missing or malformed");
    if (!is_uri(plan->request_uri, true) || !is_uri(plan->from, true) || !is_uri(plan->to, true) ||
        !is_uri(plan->asserted, false) || !is_uri(plan->contact, false))
        return refuse(TG_BAD_SIP, reason, "a URI is missing or malformed");
    return plan->body.len <= TG_SIP_MAX_REQUEST - TG_SIP_MAX_OCTETS
               ? TG_OK
               : refuse(TG_TOO_LARGE, reason, "the body is too large");
}

static void add(writing *w, const char *name, const char *value)
{
    if (value)
        w->fields[w->num++] = (tgc_sip_field){ name, value };
}

/* "<uri>;tag=..." */
static const char *party(char out[VALUE_MAX], const char *uri, const char *tag)
{
    if (!uri)
        return NULL;
    snprintf(out, VALUE_MAX, "<%s>%s%s", uri, tag ? ";tag=" : "", tag ? tag : "");
    return out;
}

static void collect(writing *w, const tg_sip_plan *plan)
{
    w->num = 0;
    snprintf(w->via, sizeof w->via, "SIP/2.0/TCP %s;branch=z9hG4bK%s", plan->sent_by, plan->branch);
    snprintf(w->cseq, sizeof w->cseq, "%lu %s", (unsigned long)plan->cseq, plan->method);
    snprintf(w->length, sizeof w->length, "%zu", plan->body.len);
    add(w, "Via", w->via);
    add(w, "From", party(w->from, plan->from, plan->from_tag));
    add(w, "To", party(w->to, plan->to, plan->to_tag));
    add(w, "Call-ID", plan->call_id);
    add(w, "CSeq", w->cseq);
    add(w, "Contact", party(w->contact, plan->contact, NULL));
    add(w, "Max-Forwards", "70");
    add(w, "P-Asserted-Identity", party(w->asserted, plan->asserted, NULL));
    add(w, "Event", plan->event);
    add(w, "Subscription-State", plan->subscription_state);
    add(w, "Content-Type", plan->content_type);
    add(w, "Content-Transfer-Encoding", plan->transfer_encoding);
    add(w, "Content-Disposition", plan->disposition);
    add(w, "Content-Length", w->length);
}

size_t tg_sip_request_size(const tg_sip_plan *plan)
{
    return (size_t)MAX_FIELDS * (VALUE_MAX + 32) + plan->body.len;
}

tg_status tg_sip_request_write(const tg_sip_plan *plan, uint8_t *out, size_t max, size_t *len, const char **reason)
{
    writing w;
    tg_sip_request read;
    *reason = "";
    *len = 0;
    tg_status status = check(plan, reason);
    if (status != TG_OK)
        return status;
    collect(&w, plan);
    char *head = tgc_sip_write_head(plan->method, plan->request_uri, w.fields, w.num);
    if (!head)
        return refuse(TG_BAD_SIP, reason, "libosip2 does not take these headers");
    size_t head_len = strlen(head);
    bool fits = head_len <= max && plan->body.len <= max - head_len;
    if (fits) {
        memcpy(out, head, head_len);
        if (plan->body.len > 0)
            memcpy(out + head_len, plan->body.data, plan->body.len);
    }
    tgc_sip_free_head(head);
    if (!fits)
        return TG_BUFFER_FULL;
    *len = head_len + plan->body.len;
    status = tg_sip_request_read(tg_bytes_of(out, *len), &read, reason);
    if (status == TG_OK && (read.body.len != plan->body.len || strcmp(read.request_uri, plan->request_uri) != 0))
        status = refuse(TG_BAD_SIP, reason, "libosip2 writes this Request-URI otherwise");
    if (status != TG_OK)
        *len = 0;
    return status;
}
