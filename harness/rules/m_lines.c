/* Crypto sessions and the m-lines that they belong to: RFC 4567 7.1, TS 33.328 H.3. */
#include "judge.h"

enum { SESSIONS_PER_RTP_LINE = 2 }; /* RFC 4567 7.1: one for each direction; X/TLS/Y has one */

/* How many sessions there are, or should be, of either kind. */
typedef struct counts {
    size_t srtp, tls;
} counts;

static counts count_lines(const tg_context *context)
{
    counts lines = { 0, 0 };
    for (size_t i = 0; i < context->num_m_lines; i++) {
        if (context->m_lines[i] == TG_M_LINE_TLS)
            lines.tls++;
        else
            lines.srtp += SESSIONS_PER_RTP_LINE;
    }
    return lines;
}

static counts count_sessions(const tg_judge *j)
{
    const tg_map *map = &j->message->hdr.map;
    counts sessions = { map->cs_id_map_type == TG_MAP_SRTP_ID ? map->num_cs : 0u, 0 };
    for (size_t i = 0; i < j->num_sessions; i++) {
        sessions.srtp += tg_is_kind(j, j->sessions[i].prot_type, TG_PROT_KIND_SRTP);
        sessions.tls += tg_is_kind(j, j->sessions[i].prot_type, TG_PROT_KIND_TLS);
    }
    return sessions;
}

/* The numbers agree, so the m-lines end where the sessions do. Sessions of other kinds belong to no m-line. */
static void check_order(const tg_judge *j)
{
    size_t line = 0, in_line = 0;
    for (size_t i = 0; i < j->num_sessions; i++) {
        bool is_tls = tg_is_kind(j, j->sessions[i].prot_type, TG_PROT_KIND_TLS);
        if (!is_tls && !tg_is_kind(j, j->sessions[i].prot_type, TG_PROT_KIND_SRTP))
            continue;
        bool expects_tls = j->context->m_lines[line] == TG_M_LINE_TLS;
        if (is_tls != expects_tls) {
            tg_rules_say(j, "TS33328-H.3-02", tg_rules_at_session(j, i, "prot_type"),
                         "expected a crypto session for m-line %zu (%s), found Prot type %u", line + 1,
                         expects_tls ? "TLS" : "RTP", j->sessions[i].prot_type);
            return;
        }
        if (++in_line == (expects_tls ? 1 : SESSIONS_PER_RTP_LINE)) {
            line++;
            in_line = 0;
        }
    }
}

void tg_rules_check_m_lines(const tg_judge *j)
{
    if (!j->profile->m_lines || !j->context->has_m_lines || !j->is_initial_transfer)
        return;
    counts expected = count_lines(j->context), found = count_sessions(j);
    if (found.tls != expected.tls)
        tg_rules_say(j, "TS33328-H.3-01", tg_rules_at_hdr(j, "num_cs"),
                     "expected %zu TLS crypto sessions for the m-lines, found %zu", expected.tls, found.tls);
    if (found.srtp != expected.srtp)
        tg_rules_say(j, "RFC4567-7.1-04", tg_rules_at_hdr(j, "num_cs"),
                     "expected %zu SRTP crypto sessions for the m-lines, found %zu", expected.srtp, found.srtp);
    if (found.tls == expected.tls && found.srtp == expected.srtp)
        check_order(j);
}
