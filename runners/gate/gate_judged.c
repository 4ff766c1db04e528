/* Which rows were judged, by the columns of the catalogue (who is bound, of which message) and by the profile. */
#include "gate_judged.h"

#include <stdio.h>
#include <string.h>

#include "ticketgate/message.h"
#include "ticketgate/registry_values.h"

/* ---- which row is about what -------------------------------------------------------------------------------- */

static bool is_transfer(const char *type)
{
    return strncmp(type, "TRANSFER_", 9) == 0;
}

bool gate_is_about(const tg_requirement *row, const char *type, bool is_update)
{
    const char *m = row->message, *at = strstr(m, type);
    bool of_update = strstr(m, "update") != NULL;
    if (strcmp(type, "Error") == 0)
        return strcmp(m, "Error") == 0 || strcmp(m, "any") == 0 || strstr(m, ", Error");
    if (at && (at[strlen(type)] == '\0' || at[strlen(type)] == ',' || strncmp(at + strlen(type), " (update)", 9) == 0))
        return !of_update || is_update || strstr(m, ", update");
    if (of_update)
        return is_update && strcmp(m, "update") == 0;
    bool has_ticket = strcmp(type, "REQUEST_RESP") == 0 || strstr(type, "RESOLVE_INIT") ||
                      (strcmp(type, "TRANSFER_INIT") == 0 && !is_update);
    if (strcmp(m, "TICKET") == 0)
        return has_ticket;
    if (strcmp(m, "TP, TICKET") == 0)
        return has_ticket || strstr(type, "REQUEST_INIT");
    if (strcmp(m, "TP") == 0)
        return strstr(type, "REQUEST_INIT") != NULL;
    if (strcmp(m, "any with GENERIC-ID") == 0 || strcmp(m, "SP") == 0)
        return is_transfer(type);
    if (strcmp(m, "any initial message") == 0)
        return strstr(type, "_INIT") != NULL;
    return strcmp(m, "any MIKEY-TICKET") == 0 || strcmp(m, "any") == 0;
}

bool gate_binds_sender(const tg_requirement *row, tg_sender role)
{
    const char *binds = gate_role_name(role);
    bool judged = row->how == TG_HOW_CHECK || row->how == TG_HOW_EXCHANGE || row->how == TG_HOW_PARSE;
    return judged && ((binds && strcmp(row->binds, binds) == 0) || strcmp(row->binds, "sender") == 0 ||
                      strcmp(row->binds, "any") == 0);
}

static bool is_member(const tg_profile *p, const tg_requirement *row)
{
    bool any = p->pinned_ticket.id == row || p->crypto_sessions.id == row || p->crypto_sessions.exactly_id == row ||
               p->generic_id == row || p->transfer_resp_idrr == row || p->srtcp_integrity == row || p->no_tgk == row;
    for (size_t i = 0; i < TG_NUM_FLAGS; i++)
        any = any || p->flags[i].id == row;
    return any;
}

bool gate_profile_has(const tg_profile *p, const tg_requirement *row)
{
    static const char *const of_uids[] = { "5.4.3", "6.2.3.2", "6.2.3.5", "6.2.3.6", "6.2.3.7" };
    const char *clause = row->clause;
    if (strcmp(row->source, "TS 33.328") != 0 || is_member(p, row))
        return true;
    for (size_t i = 0; i < sizeof of_uids / sizeof *of_uids; i++) {
        if (strcmp(clause, of_uids[i]) == 0)
            return p->kms_uids && row->how != TG_HOW_CHECK; /* checks on one message are members */
    }
    if (strcmp(clause, "H.1") == 0)
        return p->prot_types[TG_PROT_KIND_TLS] >= 0;
    if (strcmp(clause, "B.1") == 0 || strcmp(clause, "H.3") == 0)
        return p->m_lines;
    return strcmp(clause, "F.3") == 0 && p->no_tgk && p->prot_types[TG_PROT_KIND_PSK_SMIME] >= 0;
}

/* ---- what a message holds ----------------------------------------------------------------------------------- */

/* Layout rows of payloads that a message need not have. */
static bool has_its_payload(const tg_requirement *row, const tg_message *m)
{
    static const struct {
        const char *source, *clause;
        uint8_t types[2];
    } payloads[] = {
        { "RFC 3830", "6.2", { TG_PAYLOAD_KEMAC, 0 } },     { "RFC 3830", "6.3", { TG_PAYLOAD_PKE, 0 } },
        { "RFC 3830", "6.4", { TG_PAYLOAD_DH, 0 } },        { "RFC 3830", "6.5", { TG_PAYLOAD_SIGN, 0 } },
        { "RFC 3830", "6.6", { TG_PAYLOAD_T, 0 } },         { "RFC 3830", "6.7", { TG_PAYLOAD_ID, TG_PAYLOAD_CERT } },
        { "RFC 3830", "6.8", { TG_PAYLOAD_CHASH, 0 } },     { "RFC 3830", "6.9", { TG_PAYLOAD_V, 0 } },
        { "RFC 3830", "6.10", { TG_PAYLOAD_SP, 0 } },       { "RFC 3830", "6.11", { TG_PAYLOAD_RAND, 0 } },
        { "RFC 3830", "6.12", { TG_PAYLOAD_ERR, 0 } },      { "RFC 3830", "6.15", { TG_PAYLOAD_GENERAL_EXT, 0 } },
        { "RFC 3830", "6.13", { TG_PAYLOAD_KEMAC, 0 } },    { "RFC 3830", "6.14", { TG_PAYLOAD_KEMAC, 0 } },
        { "RFC 4563", "4", { TG_PAYLOAD_GENERAL_EXT, 0 } },
    };
    if (row->how != TG_HOW_PARSE)
        return true;
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        if (strcmp(row->source, payloads[i].source) == 0 && strcmp(row->clause, payloads[i].clause) == 0)
            return tg_payload_find(m->payloads, payloads[i].types[0]) ||
                   (payloads[i].types[1] && tg_payload_find(m->payloads, payloads[i].types[1]));
    }
    return strcmp(row->source, "RFC 6267") != 0 && strcmp(row->source, "RFC 6509") != 0; /* other modes' payloads */
}

static bool has_session_of(const tg_map *map, int prot_type)
{
    for (size_t i = 0; map->cs_id_map_type == TG_MAP_GENERIC_ID && i < map->num_cs; i++) {
        if (map->generic[i].prot_type == prot_type)
            return true;
    }
    return false;
}

static bool can_hold(const tg_requirement *row, const tg_profile *profile, const tg_message *m)
{
    if (!gate_profile_has(profile, row) || !has_its_payload(row, m))
        return false;
    if (strcmp(row->message, "any with GENERIC-ID") == 0 && m->hdr.map.cs_id_map_type != TG_MAP_GENERIC_ID)
        return false;
    if (strcmp(row->message, "SP") == 0 && !tg_payload_find(m->payloads, TG_PAYLOAD_SP))
        return false;
    return strcmp(row->source, "TS 33.328") != 0 || strcmp(row->clause, "H.1") != 0 ||
           has_session_of(&m->hdr.map, profile->prot_types[TG_PROT_KIND_TLS]);
}

/* ---- counting ----------------------------------------------------------------------------------------------- */

/* Ids are those of the catalogue itself, so that pointers tell them apart. */
static void count_row(gate_verdict *v, const char *row, size_t as_sender, size_t as_receiver)
{
    for (size_t i = 0; i < v->num_judged; i++) {
        if (v->judged[i].requirement == row) {
            v->judged[i].as_sender += as_sender;
            v->judged[i].as_receiver += as_receiver;
            return;
        }
    }
    if (v->num_judged == v->judged_capacity) {
        v->judged_capacity = v->judged_capacity ? v->judged_capacity * 2 : 64;
        tg_report_judged *more = keep_memory(v->keeping, v->judged_capacity * sizeof *more);
        if (v->num_judged)
            memcpy(more, v->judged, v->num_judged * sizeof *more);
        v->judged = more;
    }
    v->judged[v->num_judged++] = (tg_report_judged){ row, as_sender, as_receiver };
}

void gate_count(gate_verdict *v, const char *row, size_t as_sender, size_t as_receiver)
{
    const tg_requirement *found = row ? tg_requirement_find(row) : NULL;
    if (found)
        count_row(v, found->id, as_sender, as_receiver);
}

static bool of_public_keys(uint8_t data_type)
{
    return data_type == TG_DATA_TYPE_REQUEST_INIT_PK || data_type == TG_DATA_TYPE_RESOLVE_INIT_PK;
}

/* By the name of its kind, and where there are two of it, by the one of its own. */
static bool is_of(const tg_requirement *row, const gate_step *step)
{
    const char *type = gate_type_name(step->data_type);
    bool asks = strcmp(type, "REQUEST_INIT") == 0 || strcmp(type, "RESOLVE_INIT") == 0;
    char own[32];
    if (gate_is_about(row, type, step->is_update))
        return true;
    snprintf(own, sizeof own, "%s_%s", type, of_public_keys(step->data_type) ? "PK" : "PSK");
    return asks && gate_is_about(row, own, step->is_update);
}

enum { NUM_TYPES = 32, MOST_ROWS = 768 };
typedef struct row_numbers {
    bool made;
    uint16_t num, list[MOST_ROWS];
} row_numbers;

/* The rows that bind a role as the sender of such a message; found once. */
static const row_numbers *rows_of(tg_sender role, const gate_step *step)
{
    static row_numbers all[4][NUM_TYPES][2];
    row_numbers *out = &all[role][step->data_type % NUM_TYPES][step->is_update];
    size_t num;
    const tg_requirement *rows = tg_requirements(&num);
    for (size_t i = 0; i < num && i < MOST_ROWS && !out->made; i++) {
        if (gate_binds_sender(&rows[i], role) && is_of(&rows[i], step))
            out->list[out->num++] = (uint16_t)i;
    }
    out->made = true;
    return out;
}

static void count_sent(const gate_exchange *x, const tg_profile *profile, const gate_step *step, gate_verdict *v)
{
    size_t num;
    const tg_requirement *rows = tg_requirements(&num);
    if (!step->judgement || !step->judgement->message || step->extent == GATE_NOT_JUDGED)
        return;
    const row_numbers *own = rows_of(x->c->role, step);
    for (size_t i = 0; i < own->num; i++) {
        const tg_requirement *row = &rows[own->list[i]];
        bool wanted = step->extent == GATE_JUDGED || strncmp(row->id, "RFC6043-5.4-", 12) == 0;
        if (wanted && can_hold(row, profile, step->judgement->message))
            count_row(v, row->id, 1, 0);
    }
}

/* ---- what came ---------------------------------------------------------------------------------------------- */

static size_t num_sent(const gate_exchange *x, const char *type)
{
    size_t num = 0;
    for (size_t s = 0; s < x->num_steps; s++)
        num += x->steps[s].from_iut && strcmp(gate_type_name(x->steps[s].data_type), type) == 0;
    return num;
}

static void count_received(const gate_exchange *x, const gate_step *step, gate_verdict *v)
{
    if (step->injected) {
        if (step->injected_reject)
            gate_count(v, step->injected_row, 0, 1);
        if (step->injected_tell)
            gate_count(v, "RFC6043-5.4-01", 0, 1);
        return;
    }
    if (!step->good || !step->accepted)
        return;
    gate_count(v, gate_process_row(x->c->role, step->data_type, step->is_update, false), 0, 1);
    if (step->data_type == TG_DATA_TYPE_TRANSFER_INIT && !step->is_update && num_sent(x, "TRANSFER_RESP") > 0)
        gate_count(v, "RFC6043-4.2.2.2-04", 0, 1);
}

static bool resolves_without_e(const gate_exchange *x)
{
    for (size_t s = 0; s < x->num_steps && x->c->role == TG_SENDER_R; s++) {
        const gate_step *step = &x->steps[s];
        const tg_message *m = step->judgement ? step->judgement->message : NULL;
        const tg_payload *ticket = m ? tg_payload_find(m->payloads, TG_PAYLOAD_TICKET) : NULL;
        if (ticket && step->data_type == TG_DATA_TYPE_TRANSFER_INIT &&
            !(((const tg_ticket *)ticket)->flags & TG_FLAG('E')))
            return num_sent(x, "RESOLVE_INIT") > 0;
    }
    return false;
}

/* ---- what the line is about --------------------------------------------------------------------------------- */

/* Of session keys: judged where they are shown, and by nothing else. */
static bool is_of_keys(const char *id)
{
    return strncmp(id, "RFC6043-5.1.3-", 14) == 0 || strcmp(id, "RFC6043-5.2-12") == 0;
}

/* Judged by what the IUT sends: what a script or a statement is about. */
static bool is_of_sender(const gate_exchange *x, const char *id)
{
    const gate_line *line = x->c->line;
    const tg_requirement *row = tg_requirement_find(id);
    bool sends = line->also || (line->script && (strstr(line->script, "fresh") || strstr(line->script, "start-")));
    return sends || (row && row->how != TG_HOW_BEHAVIOUR && gate_binds_sender(row, x->c->role));
}

static void count_own(const gate_exchange *x, bool keys, gate_verdict *v)
{
    gate_expect expect = x->c->line->expect;
    bool wrong = expect == GATE_REJECTS || expect == GATE_IGNORES || expect == GATE_REFUSES;
    for (size_t i = 0; i < x->c->num_own_rows; i++) {
        const char *id = x->c->rows[i];
        if (is_of_keys(id) ? !keys : expect == GATE_EITHER && x->c->line->deviation)
            continue; /* nobody could fail by it */
        if (wrong && !v->seen)
            continue;
        bool sender = is_of_keys(id) || (!wrong && is_of_sender(x, id));
        gate_count(v, id, sender, !sender);
    }
    if (keys)
        gate_count(v, "RFC6043-5.1.3-x01", 1, 0);
}

static bool forks(const gate_exchange *x)
{
    for (size_t s = 0; s < x->num_steps; s++) {
        const tg_judgement *j = x->steps[s].judgement;
        const tg_payload *ticket = j && j->message ? tg_payload_find(j->message->payloads, TG_PAYLOAD_TICKET) : NULL;
        if (ticket && (((const tg_ticket *)ticket)->flags & TG_FLAG('I')))
            return true;
    }
    return false;
}

void gate_count_exchange(const gate_exchange *x, const tg_profile *profile, bool keys, gate_verdict *v)
{
    for (size_t s = 0; s < x->num_steps; s++) {
        const gate_step *step = &x->steps[s];
        if (step->from_iut)
            count_sent(x, profile, step, v);
        else if (step->to_iut && step->arrived)
            count_received(x, step, v);
    }
    if (resolves_without_e(x))
        gate_count(v, "RFC6043-10-03", 1, 0);
    if (x->c->role == TG_SENDER_K && profile->kms_uids && num_sent(x, "RESOLVE_RESP") > 1)
        gate_count(v, "TS33328-6.2.3.7-02", 0, 1);
    if (keys && forks(x))
        gate_count(v, "RFC6043-5.1.3-01", 1, 0);
    count_own(x, keys, v);
}
