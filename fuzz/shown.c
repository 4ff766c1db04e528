#include "shown.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

typedef struct page {
    tgp_presenter *presenter;
    char *data;
    size_t len, size;
} page;

struct fuzz_shown {
    tgp_trace_listener beside;
    page pages[TGP_NUM_FORMS];
};

static bool write_page(void *user, const char *text, size_t len)
{
    page *p = user;
    if (len > p->size - p->len) {
        p->size = 2 * (p->len + len) + 4096;
        p->data = realloc(p->data, p->size);
        FUZZ_CHECK(p->data, "memory", "none");
    }
    memcpy(p->data + p->len, text, len);
    p->len += len;
    return true;
}

fuzz_shown *fuzz_shown_new(const tgp_trace_listener *beside)
{
    static const tgp_present_options options = { .capture = "<capture & \"name\">.pcap",
                                                 .profile = "auto",
                                                 .all = true };
    fuzz_shown *shown = calloc(1, sizeof *shown);
    FUZZ_CHECK(shown, "memory", "none");
    shown->beside = *beside;
    for (size_t i = 0; i < TGP_NUM_FORMS; i++) {
        page *p = &shown->pages[i];
        p->presenter = tgp_presenter_new((tgp_form)i, &options, (tg_report_sink){ write_page, p });
        FUZZ_CHECK(p->presenter, "presented", "form %zu cannot be made", i);
    }
    return shown;
}

/* ---- telling all ------------------------------------------------------------------------------------------------ */

#define TELL_ALL(name, type)                                                                                           \
    static void tell_##name(void *user, type told)                                                                     \
    {                                                                                                                  \
        fuzz_shown *shown = user;                                                                                      \
        shown->beside.name(shown->beside.user, told);                                                                  \
        for (size_t i = 0; i < TGP_NUM_FORMS; i++) {                                                                   \
            const tgp_trace_listener *l = tgp_presenter_listener(shown->pages[i].presenter);                           \
            if (l->name)                                                                                               \
                l->name(l->user, told);                                                                                \
        }                                                                                                              \
    }
TELL_ALL(step, const tgp_trace_step *)
TELL_ALL(message, const tgp_trace_message *)
TELL_ALL(conversation, const tgp_trace_conversation *)
TELL_ALL(connection, const tgp_trace_connection *)
TELL_ALL(container, const tgp_trace_container *)
TELL_ALL(finding, const tgp_trace_finding *)
TELL_ALL(call, const tgp_call_facts *)
TELL_ALL(key_log, const char *)

tgp_trace_listener fuzz_shown_listener(fuzz_shown *shown)
{
    return (tgp_trace_listener){ tell_step,       tell_message,   tell_conversation,
                                 tell_connection, tell_container, tell_finding,
                                 tell_call,       tell_key_log,   shown };
}

/* ---- markup ------------------------------------------------------------------------------------------------- */

static const char *const elements[] = {
    "!DOCTYPE", "?xml",       "a",      "body",    "br",         "code",       "desc",       "details",
    "div",      "figcaption", "figure", "footer",  "g",          "h1",         "h2",         "h3",
    "h4",       "head",       "header", "html",    "li",         "line",       "main",       "mark",
    "meta",     "nav",        "ol",     "p",       "path",       "pre",        "rect",       "section",
    "span",     "strong",     "style",  "summary", "svg",        "table",      "tbody",      "td",
    "text",     "th",         "thead",  "title",   "tr",         "ul",         "defs",       "marker",
    "caption",  "dl",         "dt",     "dd",      "em",         "b",          "testsuites", "testsuite",
    "testcase", "failure",    "error",  "skipped", "system-out", "properties", "property",   "link"
};

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("!?-:_", c));
}

static size_t name_len(const char *text, size_t len)
{
    size_t i = 0;
    while (i < len && is_name(text[i]))
        i++;
    return i;
}

static bool is_element(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        if (strlen(elements[i]) == len && memcmp(elements[i], name, len) == 0)
            return true;
    }
    return false;
}

/* Behind the name of an element: attributes in double quotes, without "<" in them. Octets up to and with ">". */
static size_t check_attributes(const char *text, size_t len)
{
    size_t i = 0;
    while (i < len && text[i] != '>') {
        if (text[i] == ' ' || text[i] == '/' || text[i] == '?' || text[i] == '\n') {
            i++;
            continue;
        }
        size_t name = name_len(text + i, len - i);
        FUZZ_CHECK(name > 0, "markup", "in an element: %.*s", (int)(len - i < 60 ? len - i : 60), text + i);
        i += name;
        if (i + 1 < len && text[i] == '=') {
            FUZZ_CHECK(text[i + 1] == '"', "markup", "no quotes: %.*s", (int)(len - i < 60 ? len - i : 60), text + i);
            const char *end = memchr(text + i + 2, '"', len - i - 2);
            FUZZ_CHECK(end && !memchr(text + i + 2, '<', (size_t)(end - text) - i - 2), "markup", "an attribute: %.*s",
                       (int)(len - i < 60 ? len - i : 60), text + i);
            i = (size_t)(end - text) + 1;
        }
    }
    FUZZ_CHECK(i < len, "markup", "an element does not end");
    return i + 1;
}

static void check_markup(const char *text, size_t len)
{
    size_t i = 0;
    while (i < len) {
        const char *next = memchr(text + i, '<', len - i);
        if (!next)
            return;
        i = (size_t)(next - text) + 1;
        bool is_style = i + 5 < len && memcmp(text + i, "style", 5) == 0;
        i += i < len && text[i] == '/';
        size_t name = name_len(text + i, len - i);
        FUZZ_CHECK(is_element(text + i, name), "markup", "%.*s", (int)(len - i < 60 ? len - i : 60), text + i - 1);
        i += name;
        i += check_attributes(text + i, len - i);
        FUZZ_CHECK(!is_style || i < len, "markup", "no style");
    }
}

/* ---- what was written --------------------------------------------------------------------------------------- */

static void check_json(const char *text, size_t len)
{
    json_error_t error;
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    FUZZ_CHECK(value, "json", "%s at %d of %.*s", error.text, error.position, (int)(len < 60 ? len : 60), text);
    json_decref(value);
}

static void check_lines(const char *text, size_t len)
{
    while (len > 0) {
        const char *end = memchr(text, '\n', len);
        FUZZ_CHECK(end, "json", "a line does not end");
        check_json(text, (size_t)(end - text));
        len -= (size_t)(end - text) + 1;
        text = end + 1;
    }
}

static void check_page(tgp_form form, const page *p)
{
    if (form == TGP_FORM_JSON)
        check_json(p->data, p->len);
    else if (form == TGP_FORM_LIST_JSON)
        check_lines(p->data, p->len);
    else if (form == TGP_FORM_HTML || form == TGP_FORM_JUNIT)
        check_markup(p->data, p->len);
    for (size_t i = 0; i < p->len; i++)
        FUZZ_CHECK(p->data[i] && p->data[i] != '\x1b', "presented", "a control character in form %d", (int)form);
}

uint64_t fuzz_shown_finish(fuzz_shown *shown, const tgp_trace *trace,
                           void (*check_text)(const void *octets, size_t len))
{
    tgp_ending ending = { .error = "", .link = "RAW", .verdict = tgp_trace_verdict(trace, "", false) };
    uint64_t digest = 0xcbf29ce484222325u;
    tgp_ending_count(&ending, trace);
    for (size_t i = 0; i < TGP_NUM_FORMS; i++) {
        page *p = &shown->pages[i];
        FUZZ_CHECK(tgp_presenter_finish(p->presenter, &ending), "presented", "form %zu failed", i);
        check_page((tgp_form)i, p);
        if (check_text)
            check_text(p->data ? p->data : "", p->len);
        for (size_t k = 0; k < p->len; k++)
            digest = (digest ^ (uint8_t)p->data[k]) * 0x100000001b3u;
        tgp_presenter_free(p->presenter);
        free(p->data);
    }
    free(shown);
    return digest;
}
