/* Pieces of the text forms. */
#include "presenter.h"

#include "ticketgate/smime.h"

enum { MOST_TEXT = 300 };

static void add_row(tg_text *out, const tg_requirement *row, unsigned indent)
{
    tgp_add(out, "%*s%-6s %s (%s %s): ", (int)indent, "", tg_level_name(row->level), row->id, row->source, row->clause);
    tgp_add_plain(out, row->text, MOST_TEXT);
    tgp_add(out, "\n");
}

void tgp_text_finding(tg_text *out, const tgp_placed_finding *placed, unsigned indent)
{
    const tg_finding *finding = placed->finding;
    add_row(out, finding->requirement, indent);
    tgp_add(out, "%*s", (int)indent + 7, "");
    if (finding->path[0]) {
        tgp_add_plain(out, finding->path, MOST_TEXT);
        tgp_add(out, ", ");
    }
    tgp_add(out, "octet %zu", finding->offset);
    if (finding->length > 1)
        tgp_add(out, " to %zu", finding->offset + finding->length - 1);
    if (placed->has_frame) {
        tgp_add(out, "; ");
        tgp_add_place(out, true, placed->frame, placed->frame_offset, placed->frame_length);
    }
    if (finding->text[0]) {
        tgp_add(out, ": ");
        tgp_add_plain(out, finding->text, MOST_TEXT);
    }
    tgp_add(out, "\n");
}

void tgp_text_trace_finding(tg_text *out, const tgp_trace_finding *finding, unsigned indent)
{
    add_row(out, finding->requirement, indent);
    tgp_add(out, "%*s", (int)indent + 7, "");
    if (finding->has_place)
        tgp_add_place(out, true, finding->frame, finding->frame_offset, finding->frame_length);
    else
        tgp_add(out, "frame %llu", (unsigned long long)finding->frame);
    if (finding->text[0]) {
        tgp_add(out, ": ");
        tgp_add_plain(out, finding->text, MOST_TEXT);
    }
    tgp_add(out, "\n");
}

void tgp_text_outcomes(tg_text *out, const char *before, const tgp_trace_message *m)
{
    const struct {
        const char *name;
        tg_outcome outcome;
    } all[] = { { "auth", m->auth }, { "ticket", m->ticket_auth }, { "Vr", m->vr_auth }, { "KEMAC", m->kemac } };
    size_t shown = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].outcome == TG_OUTCOME_OK || all[i].outcome == TG_OUTCOME_FAIL)
            tgp_add(out, "%s%s %s", shown++ ? ", " : before, all[i].name, tg_outcome_name(all[i].outcome));
    }
}

void tgp_text_error(tg_text *out, const tgp_trace_message *m, unsigned indent)
{
    const tg_diag *error = &m->error;
    tgp_add(out, "%*s%s: %s", (int)indent, "", tg_status_name(error->status), tg_status_text(error->status));
    if (error->path[0] != '\0') {
        tgp_add(out, " (");
        tgp_add_plain(out, error->path, MOST_TEXT);
        tgp_add(out, ", octet %zu, %s)", error->offset, error->clause);
    } else if (tg_status_class(error->status) == TG_CLASS_ENCODING) {
        tgp_add(out, " (character %zu)", error->offset);
    }
    tgp_add(out, "\n");
}

void tgp_text_connection(tg_text *out, const tgp_trace_connection *c)
{
    const tg_tls_handshake *handshake = &c->judgement->handshake;
    const char *version = tgp_tls_version(handshake);
    char room[16];
    tgp_add(out, "%s connection %llu from frame %llu, ", c->datagrams ? "DTLS" : "TLS", (unsigned long long)c->number,
            (unsigned long long)c->first_frame);
    tgp_add_endpoint(out, &c->client);
    tgp_add(out, " -> ");
    tgp_add_endpoint(out, &c->server);
    if (version[0])
        tgp_add(out, ", %s, %s", version, tgp_tls_suite(handshake, room));
    else
        tgp_add(out, ", no ServerHello");
    if (c->has_tek)
        tgp_add(out, ", under the TEK: client %s, server %s", tg_tls_proof_name(handshake->client),
                tg_tls_proof_name(handshake->server));
    if (c->call != TGP_NONE)
        tgp_add(out, ", of m-line %u", c->m_line + 1);
    tgp_add(out, "\n");
}

void tgp_text_container(tg_text *out, const tgp_trace_container *c)
{
    tgp_add(out, "container in frame %llu: %s, origin %s\n", (unsigned long long)c->frame,
            tg_smime_outcome_name(c->judgement->mime.container.outcome), tg_im_origin_name(c->judgement->origin));
}

/* ---- counts ------------------------------------------------------------------------------------------------- */

typedef struct counting {
    tg_text *out;
    const char *before;
} counting;

/* "6 malformed SIP messages; ", leaving out what is 0. */
static void add_count(counting *c, uint64_t count, const char *text, bool loses, bool wanted)
{
    if (count == 0 || loses != wanted)
        return;
    tgp_add(c->out, "%s%llu %s", c->before, (unsigned long long)count, text);
    c->before = "; ";
}

static void add_counts(tg_text *out, const tgp_ending *ending, bool loses)
{
    counting c = { out, loses ? "lost: " : "seen: " };
    for (int i = 0; i < TGP_NUM_UNIT_EVENTS; i++)
        add_count(&c, ending->units[i], tgp_unit_event_text((tgp_unit_event)i), tgp_unit_event_loses((tgp_unit_event)i),
                  loses);
    for (int i = 0; i < TGP_NUM_STREAM_EVENTS; i++)
        add_count(&c, ending->streams[i], tgp_stream_event_text((tgp_stream_event)i),
                  tgp_stream_event_loses((tgp_stream_event)i), loses);
    for (int i = 0; i < TGP_NUM_PACKETS; i++)
        add_count(&c, ending->packets[i], tgp_packet_text((tgp_packet_fate)i), tgp_packet_loses((tgp_packet_fate)i),
                  loses);
    if (c.before[0] == ';')
        tgp_add(out, "\n");
}

void tgp_text_counts(tg_text *out, const tgp_ending *ending)
{
    tgp_add(out, "%llu packets read, link %s\n", (unsigned long long)ending->counts.packets,
            ending->link[0] ? ending->link : "unknown");
    add_counts(out, ending, false);
    add_counts(out, ending, true);
    if (ending->error[0]) {
        tgp_add(out, "not read to the end: ");
        tgp_add_plain(out, ending->error, MOST_TEXT);
        tgp_add(out, "\n");
    }
}
