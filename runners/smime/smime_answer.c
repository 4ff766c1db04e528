#include "smime_answer.h"

#include <stdlib.h>

#include "answer.h"
#include "cli.h"
#include "ticketgate/messaging.h"

enum { SMALL = 4096, SENDER_MAX = 1 << 17 }; /* ID Data has 65535 octets at the most */

#define SMIME_FORM_NAME(symbol, name) name,
const char *const smime_form_names[] = { SMIME_FORMS(SMIME_FORM_NAME) NULL };
#undef SMIME_FORM_NAME

/* ---- forms -------------------------------------------------------------------------------------------------- */

static bool is_token(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c && strchr("-.!%*_+`'~", c));
}

/* Request-Line and Status-Line of RFC 3261 7.1, 7.2: a method, a URI and the version, one blank between them; or the version, a
 * blank and more. */
static bool is_start_line(const char *line, size_t len)
{
    static const char behind[] = " SIP/2.0", before[] = "SIP/2.0 ";
    const size_t version = sizeof behind - 1;
    size_t method = 0, uri = 0;
    if (len > version && memcmp(line, before, version) == 0)
        return true;
    while (method < len && is_token(line[method]))
        method++;
    if (method == 0 || method == len || line[method] != ' ')
        return false;
    while (method + 1 + uri < len && line[method + 1 + uri] != ' ')
        uri++;
    return uri > 0 && len == method + 1 + uri + version && memcmp(line + method + 1 + uri, behind, version) == 0;
}

/* Empty lines before the first are of no message [RFC 3261 7.5]. */
static bool is_sip(tg_bytes octets)
{
    size_t start = 0, end;
    while (start < octets.len && (octets.data[start] == '\r' || octets.data[start] == '\n'))
        start++;
    for (end = start; end < octets.len && octets.data[end] != '\n'; end++) {
    }
    if (end == octets.len)
        return false;
    end -= end > start && octets.data[end - 1] == '\r';
    return is_start_line((const char *)octets.data + start, end - start);
}

smime_form smime_form_of(tg_bytes octets)
{
    if (octets.len > 0 && octets.data[0] == 0x30)
        return SMIME_FORM_CMS;
    return is_sip(octets) ? SMIME_FORM_SIP : SMIME_FORM_ENTITY;
}

bool smime_answer_init(void)
{
    if (tg_mime_init() == TG_OK && tg_carriage_init() == TG_OK)
        return true;
    cli_complain("the parsers of MIME and SIP could not be set up");
    return false;
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

/* What could not be cut: a limit that the input meets says nothing more about it. */
static void take_error(smime_answer *out, tg_status status, const tg_diag *diag)
{
    out->error = status;
    out->diag = diag && diag->status != TG_OK ? *diag : (tg_diag){ .status = status, .id = "" };
    out->outcome = TG_SMIME_NOT_TRIED;
    out->has_type = false;
    out->content = (tg_bytes){ 0 };
}

static bool is_want_of_memory(tg_status status)
{
    return status == TG_NO_MEMORY || status == TG_ARENA_FULL || status == TG_BUFFER_FULL;
}

static void take_container(smime_answer *out, const tg_smime_judgement *judged)
{
    if (judged->parse != TG_OK) {
        take_error(out, judged->parse, &judged->diag);
        return;
    }
    out->outcome = judged->outcome;
    out->has_type = true;
    out->type = judged->container.type;
    out->container = &judged->container;
    out->opened = &judged->opened;
    if (judged->outcome == TG_SMIME_OPENED)
        out->content = judged->content;
}

static tg_status judge_cms(tg_crypto *crypto, const smime_ask *ask, tg_arena *arena, smime_answer *out)
{
    tg_smime_judgement *judged = tg_arena_alloc(arena, sizeof *judged);
    if (!judged)
        return TG_ARENA_FULL;
    tg_status status = tg_smime_judge(crypto, ask->octets, ask->profile, &ask->how, arena, judged);
    if (status != TG_OK)
        return status;
    out->findings = judged->findings;
    out->num_findings = judged->num_findings;
    take_container(out, judged);
    return TG_OK;
}

/* What is not looked at (RFC 8551, 3.1.2) says nothing. */
static void take_mime(smime_answer *out, const tg_mime_judgement *judged)
{
    out->body = judged->part ? &judged->body : NULL;
    out->part = judged->part;
    if (judged->parse != TG_OK)
        take_error(out, judged->parse, &judged->diag);
    else if (judged->part && !judged->part->content_bad)
        take_container(out, &judged->container);
}

static tg_status judge_entity(tg_crypto *crypto, const smime_ask *ask, tg_arena *arena, smime_answer *out)
{
    tg_mime_part *body = tg_arena_alloc(arena, sizeof *body);
    tg_mime_judgement *judged = tg_arena_alloc(arena, sizeof *judged);
    if (!body || !judged)
        return TG_ARENA_FULL;
    tg_diag diag = { .status = TG_OK, .id = "" };
    tg_status status = tg_mime_parse(ask->octets, arena, body, &diag);
    if (status != TG_OK) {
        take_error(out, status, &diag);
        return is_want_of_memory(status) ? status : TG_OK;
    }
    status = tg_mime_judge(crypto, body, ask->profile, &ask->how, arena, judged);
    if (status != TG_OK)
        return status;
    out->findings = judged->findings;
    out->num_findings = judged->num_findings;
    take_mime(out, judged);
    out->no_container = !judged->part && out->error == TG_OK;
    if (out->no_container) /* no entity of the form that was asked for */
        take_error(out, TG_BAD_MIME, NULL);
    return TG_OK;
}

/* With a NUL behind it. One inside is no text, and becomes an octet that UTF-8 has not. */
static const char *text_of(tg_bytes octets, tg_arena *arena)
{
    char *text = tg_arena_alloc(arena, octets.len + 1);
    if (!text)
        return NULL;
    for (size_t i = 0; i < octets.len; i++)
        text[i] = octets.data[i] ? (char)octets.data[i] : '\xff';
    text[octets.len] = '\0';
    return text;
}

static tg_status judge_sip(tg_crypto *crypto, const smime_ask *ask, const tg_im_knowledge *knowledge, tg_arena *arena,
                           smime_answer *out)
{
    tg_im_judgement *judged = tg_arena_alloc(arena, sizeof *judged);
    if (!judged)
        return TG_ARENA_FULL;
    tg_status status = tg_im_judge(crypto, ask->octets, knowledge, arena, judged);
    if (status != TG_OK)
        return status;
    out->findings = judged->findings;
    out->num_findings = judged->num_findings;
    if (judged->parse != TG_OK)
        take_error(out, judged->parse, &judged->diag);
    else
        take_mime(out, &judged->mime);
    out->has_origin = judged->has_origin;
    out->origin_proven = judged->origin == TG_IM_ORIGIN_PROVEN;
    if (!out->origin_proven || !judged->sender.known)
        return TG_OK;
    out->sender = text_of(judged->sender.data, arena);
    return out->sender ? TG_OK : TG_ARENA_FULL;
}

tg_status smime_answer_make(tg_crypto *crypto, const smime_ask *ask, smime_answer *out)
{
    size_t len = ask->octets.len;
    smime_form form = ask->form == SMIME_FORM_DETECT ? smime_form_of(ask->octets) : ask->form;
    *out = (smime_answer){ .error = TG_OK };
    bool is_cms = form == SMIME_FORM_CMS;
    if (len > (is_cms ? TG_SMIME_MAX_OCTETS : form == SMIME_FORM_SIP ? TG_SIP_MAX_REQUEST : TG_MIME_MAX_OCTETS)) {
        take_error(out, TG_TOO_LARGE, NULL);
        return TG_OK;
    }
    const tg_json_conversation *conversation = ask->conversation;
    tg_im_knowledge knowledge = { .profile = ask->profile, .how = ask->how, .has_conversation = conversation != NULL };
    if (conversation) {
        knowledge.known = &conversation->known;
        knowledge.sent = conversation->sent;
        knowledge.num_sent = conversation->num_sent;
    }
    size_t size = sizeof(tg_im_judgement) + SMALL + (form == SMIME_FORM_SIP ? SENDER_MAX : 0) +
                  (is_cms                   ? tg_smime_judge_arena_size(len)
                   : form == SMIME_FORM_SIP ? tg_im_judge_arena_size(len, &knowledge)
                                            : tg_mime_arena_size(len) + tg_mime_judge_arena_size(len));
    out->memory = malloc(size);
    if (!out->memory)
        return TG_NO_MEMORY;
    tg_arena arena = tg_arena_of(out->memory, size);
    tg_status status = is_cms                   ? judge_cms(crypto, ask, &arena, out)
                       : form == SMIME_FORM_SIP ? judge_sip(crypto, ask, &knowledge, &arena, out)
                                                : judge_entity(crypto, ask, &arena, out);
    out->memory_size = arena.used;
    if (status == TG_OK || is_want_of_memory(status))
        return status;
    take_error(out, status, NULL);
    out->num_findings = 0;
    return TG_OK;
}

void smime_answer_free(smime_answer *answer)
{
    if (answer->memory)
        tg_wipe(answer->memory, answer->memory_size);
    free(answer->memory);
    *answer = (smime_answer){ .error = TG_OK };
}

bool smime_answer_rejects(const smime_answer *answer)
{
    bool rejects = answer->error != TG_OK || answer->outcome == TG_SMIME_FAILED || answer->outcome == TG_SMIME_REFUSED;
    for (size_t i = 0; i < answer->num_findings; i++)
        rejects = rejects || answer->findings[i]->requirement->on_receive == TG_ON_RECEIVE_REJECT;
    return rejects;
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static int compare_ids(const void *a, const void *b)
{
    return strcmp((*(const tg_finding *const *)a)->requirement->id, (*(const tg_finding *const *)b)->requirement->id);
}

/* The ids, sorted, each once. */
static void add_ids(const smime_answer *answer, tg_text *out)
{
    size_t num = answer->num_findings;
    const tg_finding **sorted = malloc((num + 1) * sizeof *sorted);
    if (!sorted) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < num; i++)
        sorted[i] = answer->findings[i];
    qsort(sorted, num, sizeof *sorted, compare_ids);
    bool any = false;
    for (size_t i = 0; i < num; i++) {
        if (i > 0 && compare_ids(&sorted[i - 1], &sorted[i]) == 0)
            continue;
        answer_add(out, any ? "," : "");
        tg_json_add_string(sorted[i]->requirement->id, out);
        any = true;
    }
    free(sorted);
}

static void add_hex(tg_bytes octets, tg_text *out)
{
    char piece[2 * 1024 + 1];
    for (size_t at = 0; at < octets.len; at += 1024) {
        size_t len = octets.len - at < 1024 ? octets.len - at : 1024;
        tg_hex_encode(tg_bytes_of(octets.data + at, len), piece);
        tg_text_add(out, piece, 2 * len);
    }
    tg_wipe(piece, sizeof piece);
}

static void add_content(const smime_answer *answer, tg_text *out)
{
    if (answer->error != TG_OK || answer->outcome != TG_SMIME_OPENED) {
        answer_add(out, "null");
        return;
    }
    answer_add(out, "\"");
    add_hex(answer->content, out);
    answer_add(out, "\"");
}

/* Of limits, MIME and SIP no row speaks. */
static void add_error(const smime_answer *answer, tg_text *out)
{
    if (answer->error == TG_OK) {
        answer_add(out, "null");
        return;
    }
    answer_add(out, "{\"status\":");
    tg_json_add_string(tg_status_name(answer->error), out);
    answer_add(out, ",\"id\":");
    if (answer->diag.id && answer->diag.id[0] && answer->num_findings > 0)
        tg_json_add_string(answer->diag.id, out);
    else
        answer_add(out, "null");
    answer_add(out, "}");
}

static void add_places(const smime_answer *answer, tg_text *out)
{
    answer_add(out, ",\"places\":[");
    for (size_t i = 0; i < answer->num_findings; i++) {
        answer_add(out, i ? "," : "");
        tg_json_add_finding(answer->findings[i], out);
    }
    if (answer->error != TG_OK && answer->num_findings == 0)
        tg_json_add_error(&answer->diag, out);
    answer_add(out, "]");
}

void smime_answer_add(const smime_answer *answer, bool places, tg_text *out)
{
    answer_add(out, "{\"verdict\":\"");
    answer_add(out, smime_answer_rejects(answer) ? "reject" : "accept");
    answer_add(out, "\",\"outcome\":\"");
    answer_add(out, tg_smime_outcome_name(answer->outcome));
    answer_add(out, "\",\"type\":");
    if (answer->has_type)
        tg_json_add_string(tg_smime_type_name(answer->type), out);
    else
        answer_add(out, "null");
    answer_add(out, ",\"content\":");
    add_content(answer, out);
    answer_add(out, ",\"findings\":[");
    add_ids(answer, out);
    answer_add(out, "],\"error\":");
    add_error(answer, out);
    answer_add(out, ",\"origin\":");
    answer_add(out, !answer->has_origin ? "null" : answer->origin_proven ? "\"proven\"" : "\"not_proven\"");
    answer_add(out, ",\"sender\":");
    if (answer->sender)
        tg_json_add_string(answer->sender, out);
    else
        answer_add(out, "null");
    if (places)
        add_places(answer, out);
    answer_add(out, "}");
}
