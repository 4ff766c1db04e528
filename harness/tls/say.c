/* Findings: where they are, and how they are kept. */
#include "case.h"

#include <stdarg.h>
#include <stdio.h>

/* The segment that holds the octet; one behind the last lies in the last. */
static const tg_tls_start *start_of(const tg_tls_end *end, size_t offset)
{
    size_t low = 0, high = end->num_starts;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (end->starts[middle].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    return &end->starts[low];
}

/* "server[2]", or "server[2].ServerHello.cipher_suite"; gives the offset in the segment. */
static size_t place(const tg_tls_case *k, tg_tls_at at, const char *where, char path[TG_PATH_MAX])
{
    const tg_tls_end *end = &k->ends[at.from_client];
    const char *name = at.from_client ? "client" : "server", *dot = where ? "." : "";
    if (end->num_starts == 0) {
        snprintf(path, TG_PATH_MAX, "%s%s%s", name, dot, where ? where : "");
        return 0;
    }
    const tg_tls_start *start = start_of(end, at.offset);
    snprintf(path, TG_PATH_MAX, "%s[%u]%s%s", name, (unsigned)start->segment, dot, where ? where : "");
    return at.offset - start->offset;
}

/* False where the row has this place already, or places enough. */
static bool is_new(const tg_tls_case *k, const tg_finding *finding)
{
    size_t places = 0;
    for (size_t i = 0; i < k->out->num_findings; i++) {
        if (k->findings[i].requirement != finding->requirement)
            continue;
        places++;
        if (k->findings[i].offset == finding->offset && strcmp(k->findings[i].path, finding->path) == 0)
            return false;
    }
    return places < TG_TLS_MAX_PLACES && k->out->num_findings < TG_TLS_MAX_FINDINGS;
}

void tg_tls_say(tg_tls_case *k, const char *id, tg_tls_at at, const char *where, const char *format, ...)
{
    tg_finding finding = { .requirement = tg_requirement_find(id) };
    if (!finding.requirement)
        return;
    finding.offset = place(k, at, where, finding.path);
    va_list args;
    va_start(args, format);
    vsnprintf(finding.text, sizeof finding.text, format, args);
    va_end(args);
    if (!is_new(k, &finding))
        return;
    k->findings[k->out->num_findings] = finding;
    k->found[k->out->num_findings] = &k->findings[k->out->num_findings];
    k->out->num_findings++;
    k->out->reception = tg_reception_add(k->out->reception, finding.requirement);
}

static void set_error(tg_tls_case *k, tg_status status, tg_tls_at at, const char *where)
{
    static const char id[] = "RFC5246-6.2.1-x01";
    if (k->out->parse == TG_TRUNCATED)
        return;
    k->out->parse = status;
    k->out->diag.status = status;
    k->out->diag.id = id;
    tg_clause_of_id(id, k->out->diag.clause);
    k->out->diag.offset = place(k, at, where, k->out->diag.path);
}

void tg_tls_bad(tg_tls_case *k, tg_tls_at at, const char *where, const char *what)
{
    if (k->stopped)
        return;
    k->stopped = true;
    k->bad_from_client = at.from_client;
    if (k->out->parse == TG_OK)
        set_error(k, TG_BAD_TLS, at, where);
    tg_tls_say(k, "RFC5246-6.2.1-x01", at, where, "%s", what);
}

void tg_tls_truncated(tg_tls_case *k, tg_tls_at at)
{
    set_error(k, TG_TRUNCATED, at, NULL);
    tg_tls_say(k, "RFC5246-6.2.1-x01", at, NULL, "the record is not sent to its end");
}
