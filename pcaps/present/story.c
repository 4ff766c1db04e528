#include "story.h"

#include <stdio.h>

static void cut(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text ? text : "");
}

static tgp_mark mark_of(const tgp_trace_message *m)
{
    if (m->copy_of != TGP_NONE)
        return TGP_MARK_COPY;
    if (tgp_message_fails(m))
        return TGP_MARK_BAD;
    return m->num_findings > 0 ? TGP_MARK_SHOULD : TGP_MARK_GOOD;
}

void tgp_step_of_message(const tgp_trace_message *m, tgp_step *out)
{
    const char *name = tgp_data_type_name(m->octets);
    *out = (tgp_step){ .kind = TGP_STEP_MIKEY,
                       .transport = m->transport,
                       .source = m->source,
                       .destination = m->destination,
                       .frame = m->frame,
                       .number = m->number,
                       .time = m->time,
                       .mark = mark_of(m),
                       .num_mikey = 1 };
    cut(out->line, sizeof out->line, m->first_line);
    if (m->copy_of != TGP_NONE)
        (void)snprintf(out->what, sizeof out->what, "copy of message %llu", (unsigned long long)m->copy_of);
    else
        cut(out->what, sizeof out->what, name ? name : "not MIKEY");
}

void tgp_step_of_sip(const tgp_trace_step *s, tgp_step *out)
{
    *out = (tgp_step){ .kind = s->call == TGP_NONE ? TGP_STEP_HTTP : TGP_STEP_SIP,
                       .transport = s->transport,
                       .source = s->source,
                       .destination = s->destination,
                       .frame = s->frame,
                       .number = TGP_NONE,
                       .time = s->time };
    cut(out->line, sizeof out->line, s->first_line);
}

void tgp_step_of_connection(const tgp_trace_connection *c, tgp_step *out)
{
    const tg_tls_handshake *handshake = &c->judgement->handshake;
    char room[16];
    bool failed = handshake->client == TG_TLS_FAILED || handshake->server == TG_TLS_FAILED;
    bool verified = handshake->client == TG_TLS_VERIFIED && handshake->server == TG_TLS_VERIFIED;
    *out = (tgp_step){ .kind = TGP_STEP_TLS,
                       .transport = c->datagrams ? TGP_UDP : TGP_TCP,
                       .source = c->client,
                       .destination = c->server,
                       .frame = c->first_frame,
                       .number = c->number,
                       .time = c->time };
    if (failed || tgp_any_must(c->findings, c->num_findings))
        out->mark = TGP_MARK_BAD;
    else if (c->num_findings > 0)
        out->mark = TGP_MARK_SHOULD;
    else
        out->mark = verified ? TGP_MARK_GOOD : TGP_MARK_NONE;
    (void)snprintf(out->line, sizeof out->line, "%s %s %s", c->datagrams ? "DTLS" : "TLS", tgp_tls_version(handshake),
                   tgp_tls_suite(handshake, room));
    cut(out->what, sizeof out->what, verified ? "verifies under the TEK" : failed ? "fails under the TEK" : "");
}

/* ---- ladders ------------------------------------------------------------------------------------------------ */

void tgp_ladder_begin(tgp_ladder *ladder)
{
    ladder->num = ladder->left_out = ladder->num_ends = 0;
}

/* The column of an end, a new one where it is met first; TGP_MOST_ENDS where there is no room. An end with a port stands in the column of its address
 * alone, too, and the other way round: ports of clients of TCP are nothing that one wants a column for. */
static unsigned column_of(tgp_ladder *ladder, const tgp_endpoint *end, bool with_port)
{
    for (size_t i = 0; i < ladder->num_ends; i++) {
        bool same = memcmp(&ladder->ends[i].address, &end->address, sizeof end->address) == 0;
        if (same && (!with_port || !ladder->ends[i].has_port || ladder->ends[i].port == end->port))
            return (unsigned)i;
    }
    if (ladder->num_ends == TGP_MOST_ENDS)
        return TGP_MOST_ENDS;
    ladder->ends[ladder->num_ends].address = end->address;
    ladder->ends[ladder->num_ends].has_port = with_port;
    ladder->ends[ladder->num_ends].port = end->port;
    return (unsigned)ladder->num_ends++;
}

/* The SIP message that a MIKEY message stands in came before it, in the same frame between the same ends. */
static bool join(tgp_ladder *ladder, const tgp_step *step)
{
    if (step->kind != TGP_STEP_MIKEY)
        return false;
    for (size_t i = ladder->num; i > 0 && ladder->steps[i - 1].frame == step->frame; i--) {
        tgp_step *before = &ladder->steps[i - 1];
        bool same = tgp_endpoint_equals(&before->source, &step->source) &&
                    tgp_endpoint_equals(&before->destination, &step->destination) &&
                    strcmp(before->line, step->line) == 0;
        if (!same || before->kind == TGP_STEP_TLS)
            continue;
        if (before->num_mikey == 0) {
            before->number = step->number;
            memcpy(before->what, step->what, sizeof before->what);
        }
        before->kind = TGP_STEP_MIKEY;
        before->num_mikey++;
        before->mark = before->mark > step->mark ? before->mark : step->mark;
        return true;
    }
    return false;
}

void tgp_ladder_add(tgp_ladder *ladder, const tgp_step *step)
{
    if (join(ladder, step))
        return;
    bool with_port = step->transport == TGP_UDP ||
                     memcmp(&step->source.address, &step->destination.address, sizeof step->source.address) == 0;
    if (ladder->num == TGP_MOST_STEPS) {
        ladder->left_out++;
        return;
    }
    unsigned from = column_of(ladder, &step->source, with_port), to = column_of(ladder, &step->destination, with_port);
    if (from == TGP_MOST_ENDS || to == TGP_MOST_ENDS) {
        ladder->left_out++;
        return;
    }
    ladder->ways[ladder->num].from = from;
    ladder->ways[ladder->num].to = to;
    ladder->steps[ladder->num++] = *step;
}

void tgp_ladder_end_text(const tgp_ladder *ladder, size_t end, char out[TGP_ENDPOINT_MAX])
{
    const tgp_endpoint endpoint = { ladder->ends[end].address, ladder->ends[end].port };
    tgp_endpoint_text(&endpoint, out);
    if (ladder->ends[end].has_port)
        return;
    char *colon = strrchr(out, ':');
    if (colon)
        *colon = '\0';
    size_t len = strlen(out);
    if (out[0] == '[' && len > 2 && out[len - 1] == ']') {
        out[len - 1] = '\0';
        memmove(out, out + 1, len - 1);
    }
}

/* ---- stories ------------------------------------------------------------------------------------------------ */

enum { MOST_CALLS = 16 }; /* that one exchange with the KMS is drawn in */

void tgp_story_step(tgp_presenter *p, uint64_t call, uint64_t part, const tgp_step *step)
{
    const tgp_key key = { call, part, step->frame };
    p->failed = !tgp_spool_add(p->spool, key, step, sizeof *step) || p->failed;
}

void tgp_story_message(tgp_presenter *p, const tgp_trace_message *m, uint64_t step_part)
{
    tgp_step step;
    tgp_step_of_message(m, &step);
    if (m->call != TGP_NONE) {
        const tgp_key key = { m->conversation, TGP_BESIDE_CALL, m->call };
        if (m->conversation != TGP_NONE)
            p->failed = !tgp_spool_add(p->beside, key, NULL, 0) || p->failed;
        tgp_story_step(p, m->call, step_part, &step);
        return;
    }
    const tgp_key key = { m->conversation, TGP_BESIDE_STEP, m->frame };
    if (m->conversation == TGP_NONE)
        tgp_story_step(p, TGP_NONE, step_part, &step);
    else
        p->failed = !tgp_spool_add(p->beside, key, &step, sizeof step) || p->failed;
}

void tgp_story_detail(tgp_presenter *p, const tgp_trace_message *m, uint64_t detail_part)
{
    const tgp_key key = { m->conversation, TGP_BESIDE_DETAIL, m->frame };
    if (m->call != TGP_NONE || m->conversation == TGP_NONE) {
        tgp_keep(p, m->call, detail_part, m->frame);
        return;
    }
    p->failed = p->text.failed || !tgp_spool_add(p->beside, key, p->text.data, p->text.len) || p->failed;
    p->text.len = 0;
}

/* The calls of the conversation whose records begin at `at`, each once, or its own number where it has none; moves `at` behind them. */
static size_t calls_of(const tgp_presenter *p, uint64_t conversation, size_t *at, uint64_t out[MOST_CALLS])
{
    size_t num = 0;
    for (; *at < tgp_spool_num(p->beside); (*at)++) {
        tgp_key key = tgp_spool_key(p->beside, *at);
        if (key.a != conversation || key.b != TGP_BESIDE_CALL)
            break;
        if (num < MOST_CALLS && (num == 0 || out[num - 1] != key.c))
            out[num++] = key.c;
    }
    if (num == 0)
        out[num++] = TGP_LADDER_OF_CONVERSATION(conversation);
    return num;
}

void tgp_story_join(tgp_presenter *p, uint64_t step_part, uint64_t detail_part)
{
    uint64_t calls[MOST_CALLS];
    p->failed = !tgp_spool_sort(p->beside) || p->failed;
    for (size_t at = 0; at < tgp_spool_num(p->beside) && !p->failed;) {
        uint64_t conversation = tgp_spool_key(p->beside, at).a;
        if (conversation == TGP_NONE)
            break; /* rows of findings */
        size_t num = calls_of(p, conversation, &at, calls);
        for (; at < tgp_spool_num(p->beside) && tgp_spool_key(p->beside, at).a == conversation && !p->failed; at++) {
            tgp_key key = tgp_spool_key(p->beside, at);
            bool detail = key.b == TGP_BESIDE_DETAIL; /* once: it has an id */
            p->text.len = 0;
            p->failed = !tgp_spool_read(p->beside, at, &p->text);
            for (size_t i = 0; i < (detail ? 1 : num) && !p->failed; i++) {
                const tgp_key to = { calls[i], detail ? detail_part : step_part, key.c };
                p->failed = !tgp_spool_add(p->spool, to, p->text.data, p->text.len);
            }
        }
    }
    p->text.len = 0;
}

void tgp_story_ladder(tgp_presenter *p, uint64_t call, uint64_t step_part, tgp_ladder *out)
{
    tgp_ladder_begin(out);
    for (size_t at = tgp_spool_find(p->spool, (tgp_key){ call, step_part, 0 });
         at < tgp_spool_num(p->spool) && !p->failed; at++) {
        tgp_key key = tgp_spool_key(p->spool, at);
        tgp_step step;
        tg_text kept = { 0 };
        if (key.a != call || key.b != step_part)
            break;
        p->failed = !tgp_spool_read(p->spool, at, &kept) || kept.len != sizeof step;
        if (!p->failed) {
            memcpy(&step, kept.data, sizeof step);
            tgp_ladder_add(out, &step);
        }
        tg_text_free(&kept);
    }
}
