/* What a trace told, kept for a look afterwards. */
#ifndef TICKETGATE_PCAPS_TEST_TRACE_TOLD_H
#define TICKETGATE_PCAPS_TEST_TRACE_TOLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pcaps/trace.h"

enum { MAX_TOLD = 1024, MAX_IDS = 24 };

typedef struct told_message {
    uint64_t number, frame, call, copy_of, conversation, first_finding_frame;
    uint32_t first_finding_offset, first_finding_length;
    char ex[16], profile[48];
    tg_sender from;
    tgp_carrier carrier;
    uint8_t data_type;
    tg_outcome auth, ticket_auth, vr_auth, kemac;
    bool conforms, parses;
    const char *ids[MAX_IDS];
    size_t num_ids, octets;
} told_message;

typedef struct told {
    told_message messages[MAX_TOLD];
    size_t num_messages;
    struct {
        uint64_t number, messages[MAX_TOLD];
        size_t num_messages, num_teks;
        bool accepted;
        int keys;
        char profile[48];
        struct {
            uint32_t csb_id;
            uint8_t cs_id, tek[64];
            size_t len;
        } teks[MAX_TOLD];
    } conversations[MAX_TOLD];
    size_t num_conversations;
    struct {
        const char *id;
        uint64_t frame, message, connection;
    } findings[MAX_TOLD];
    size_t num_findings;
    struct {
        tg_tls_proof client, server;
        bool has_tek, datagrams;
        size_t num_findings;
        uint64_t call;
    } connections[MAX_TOLD];
    size_t num_connections;
    struct {
        tg_im_origin origin;
        tg_smime_outcome outcome;
        bool accepted;
        uint64_t frame;
    } containers[MAX_TOLD];
    size_t num_containers;
    size_t num_calls, num_steps, num_all_messages;
    char key_log[256];
} told;

static void told_message_of(void *user, const tgp_trace_message *m)
{
    told *t = user;
    t->num_all_messages++;
    if (t->num_messages == MAX_TOLD)
        return;
    told_message *out = &t->messages[t->num_messages++];
    memset(out, 0, sizeof *out);
    out->number = m->number;
    out->frame = m->frame;
    out->call = m->call;
    out->copy_of = m->copy_of;
    out->conversation = m->conversation;
    snprintf(out->ex, sizeof out->ex, "%s", m->ex);
    snprintf(out->profile, sizeof out->profile, "%s", m->profile->name);
    out->from = m->from;
    out->carrier = m->carrier;
    out->parses = m->message != NULL;
    out->data_type = m->message ? m->message->hdr.data_type : 255;
    out->auth = m->auth;
    out->ticket_auth = m->ticket_auth;
    out->vr_auth = m->vr_auth;
    out->kemac = m->kemac;
    out->conforms = m->conforms;
    out->octets = m->octets.len;
    for (size_t i = 0; i < m->num_findings && out->num_ids < MAX_IDS; i++)
        out->ids[out->num_ids++] = m->findings[i].finding->requirement->id;
    if (m->num_findings && m->findings[0].has_frame) {
        out->first_finding_frame = m->findings[0].frame;
        out->first_finding_offset = m->findings[0].frame_offset;
        out->first_finding_length = m->findings[0].frame_length;
    }
}

static void told_conversation_of(void *user, const tgp_trace_conversation *c)
{
    told *t = user;
    if (t->num_conversations == MAX_TOLD)
        return;
    size_t n = t->num_conversations++;
    t->conversations[n].number = c->number;
    t->conversations[n].accepted = c->accepted;
    t->conversations[n].keys = c->keys;
    snprintf(t->conversations[n].profile, 48, "%s", c->profile->name);
    for (size_t i = 0; i < c->num_messages && i < MAX_TOLD; i++)
        t->conversations[n].messages[t->conversations[n].num_messages++] = c->messages[i];
    for (size_t i = 0; i < c->num_teks && i < MAX_TOLD; i++) {
        t->conversations[n].teks[i].csb_id = c->teks[i].csb_id;
        t->conversations[n].teks[i].cs_id = c->teks[i].cs_id;
        t->conversations[n].teks[i].len = c->teks[i].tek.len;
        assert_in_range(c->teks[i].tek.len, 1, 64);
        memcpy(t->conversations[n].teks[i].tek, c->teks[i].tek.data, c->teks[i].tek.len);
        t->conversations[n].num_teks++;
    }
}

static void told_finding_of(void *user, const tgp_trace_finding *f)
{
    told *t = user;
    if (t->num_findings == MAX_TOLD)
        return;
    t->findings[t->num_findings].id = f->requirement->id;
    t->findings[t->num_findings].frame = f->frame;
    t->findings[t->num_findings].message = f->message;
    t->findings[t->num_findings++].connection = f->connection;
}

static void told_connection_of(void *user, const tgp_trace_connection *c)
{
    told *t = user;
    if (t->num_connections == MAX_TOLD)
        return;
    t->connections[t->num_connections].client = c->judgement->handshake.client;
    t->connections[t->num_connections].server = c->judgement->handshake.server;
    t->connections[t->num_connections].has_tek = c->has_tek;
    t->connections[t->num_connections].datagrams = c->datagrams;
    t->connections[t->num_connections].call = c->call;
    t->connections[t->num_connections++].num_findings = c->num_findings;
}

static void told_container_of(void *user, const tgp_trace_container *c)
{
    told *t = user;
    if (t->num_containers == MAX_TOLD)
        return;
    t->containers[t->num_containers].origin = c->judgement->origin;
    t->containers[t->num_containers].outcome = c->judgement->mime.container.outcome;
    t->containers[t->num_containers].accepted = c->judgement->accepted;
    t->containers[t->num_containers++].frame = c->frame;
}

static void told_call_of(void *user, const tgp_call_facts *call)
{
    told *t = user;
    (void)call;
    t->num_calls++;
}

static void told_step_of(void *user, const tgp_trace_step *step)
{
    told *t = user;
    assert_non_null(step->first_line);
    t->num_steps++;
}

static void told_key_log_of(void *user, const char *line)
{
    told *t = user;
    snprintf(t->key_log, sizeof t->key_log, "%s", line);
}

static inline bool told_has(const told_message *m, const char *id)
{
    for (size_t i = 0; i < m->num_ids; i++) {
        if (strcmp(m->ids[i], id) == 0)
            return true;
    }
    return false;
}

static inline bool told_finding(const told *t, const char *id)
{
    for (size_t i = 0; i < t->num_findings; i++) {
        if (strcmp(t->findings[i].id, id) == 0)
            return true;
    }
    return false;
}

#endif
