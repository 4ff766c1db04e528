/* From a whole SIP message to judged MIKEY messages. */
#include <stdlib.h>

#include "reader.h"

static const char *const packet_names[][2] = {
#define ROW(symbol, name, text) { name, text },
    TG_PCAP_PACKETS(ROW)
};
static const char *const sip_names[][2] = {
    TG_PCAP_SIPS(ROW)
#undef ROW
};

const char *tg_pcap_packet_name(tg_pcap_packet packet)
{
    return packet_names[packet][0];
}

const char *tg_pcap_packet_text(tg_pcap_packet packet)
{
    return packet_names[packet][1];
}

const char *tg_pcap_sip_name(tg_pcap_sip sip)
{
    return sip_names[sip][0];
}

const char *tg_pcap_sip_text(tg_pcap_sip sip)
{
    return sip_names[sip][1];
}

/* ---- one MIKEY message -------------------------------------------------------------------------------------- */

typedef struct collector {
    tgp_session *session;
    tg_pcap_message *message;
} collector;

static void keep_finding(void *user, const tg_finding *finding)
{
    collector *to = user;
    tg_pcap_message *message = to->message;
    message->reception = tg_reception_add(message->reception, finding->requirement);
    if (finding->requirement->level == TG_LEVEL_MUST)
        message->conforms = false;
    if (message->num_findings < TG_PCAP_MAX_FINDINGS)
        to->session->findings[message->num_findings++] = *finding;
    else
        message->num_findings_lost++;
}

static tg_sender sender_of(uint8_t data_type)
{
    switch (data_type) {
    case TG_DATA_TYPE_TRANSFER_INIT: return TG_SENDER_I;
    case TG_DATA_TYPE_TRANSFER_RESP: return TG_SENDER_R;
    default: return TG_SENDER_UNKNOWN;
    }
}

static void check(tgp_session *session, tg_pcap_message *message)
{
    const tg_profile *profile = session->options->profile;
    const tg_key_mgmt *attribute = message->attribute;
    collector to = { session, message };
    tg_context context = {
        .exchange = session->options->exchange,
        .sender = sender_of(message->message->hdr.data_type),
        .has_m_lines = profile->m_lines && attribute->m_lines != NULL,
        .m_lines = attribute->m_lines,
        .num_m_lines = attribute->num_m_lines,
    };
    tg_rules_check(message->message, profile, &context, (tg_finding_sink){ keep_finding, &to });
}

static void fail(tg_pcap_message *message, tg_status status, size_t offset)
{
    message->error = (tg_diag){ .status = status, .id = "", .clause = "", .offset = offset };
}

/* Octets to findings. What is in `memory` has to live until the callback has returned. */
static void parse_and_check(tgp_session *session, tg_pcap_message *message, void **memory)
{
    size_t size = tg_message_arena_size(message->octets.len);
    tg_message *parsed = NULL;
    *memory = malloc(size);
    if (!*memory) {
        session->no_memory = session->stopped = true;
        fail(message, TG_ARENA_FULL, 0);
        return;
    }
    tg_arena arena = tg_arena_of(*memory, size);
    if (tg_message_parse(message->octets, &arena, &parsed, &message->error) != TG_OK)
        return;
    message->message = parsed;
    message->conforms = true;
    message->reception = TG_RECEPTION_ACCEPT;
    check(session, message);
}

void tgp_judge(tgp_session *session, tg_pcap_message *message)
{
    const tg_key_mgmt *attribute = message->attribute;
    uint8_t octets[TG_SDP_MAX_LINE / 4 * 3 + 3];
    size_t len = 0, error_at = 0;
    void *memory = NULL;
    message->findings = session->findings;
    message->reception = TG_RECEPTION_REJECT;
    if (tg_base64_decoded_max(attribute->data_len) > sizeof octets) {
        fail(message, TG_TOO_LARGE, 0);
    } else {
        tg_status status = tg_base64_decode(attribute->data, attribute->data_len, octets, &len, &error_at);
        if (status == TG_OK) {
            message->octets = tg_bytes_of(octets, len);
            parse_and_check(session, message, &memory);
        } else {
            fail(message, status, error_at);
        }
    }
    session->counts.messages++;
    session->counts.failing += message->conforms ? 0 : 1;
    if (!session->options->callback(session->options->user, message))
        session->stopped = true;
    free(memory);
}

/* ---- one SIP message ---------------------------------------------------------------------------------------- */

typedef struct finder {
    tgp_session *session;
    const tgp_segment *segment;
    uint64_t first_frame;
    const char *first_line;
    tg_status sdp_status;
    bool found;
} finder;

static bool take_attribute(void *user, const tg_key_mgmt *attribute)
{
    finder *in = user;
    in->found = true;
    tg_pcap_message message = {
        .frame = in->session->frame,
        .first_frame = in->first_frame,
        .seconds = in->session->seconds,
        .nanoseconds = in->session->nanoseconds,
        .tcp = in->segment->tcp,
        .source = in->segment->source,
        .destination = in->segment->destination,
        .first_line = in->first_line,
        .attribute = attribute,
    };
    tgp_judge(in->session, &message);
    return !in->session->stopped;
}

static void take_body(void *user, const char *first_line, const char *body, size_t body_len)
{
    finder *in = user;
    const char *reason;
    in->first_line = first_line;
    in->sdp_status = tg_sdp_key_mgmt(body, body_len, take_attribute, in, &reason);
}

void tgp_sip_message(tgp_session *session, const tgp_segment *segment, uint64_t first_frame, const char *sip,
                     size_t len)
{
    const char *reason;
    finder in = { .session = session, .segment = segment, .first_frame = first_frame, .sdp_status = TG_OK };
    tg_status status = tg_sip_sdp_body(sip, len, take_body, &in, &reason);
    tg_pcap_sip what = TG_PCAP_SIP_WITH_MIKEY;
    if (status == TG_NOT_FOUND)
        what = TG_PCAP_SIP_WITHOUT_SDP;
    else if (status == TG_TRUNCATED)
        what = TG_PCAP_SIP_INCOMPLETE;
    else if (status == TG_TOO_LARGE || in.sdp_status == TG_TOO_LARGE)
        what = TG_PCAP_SIP_TOO_LARGE;
    else if (status != TG_OK)
        what = TG_PCAP_SIP_BAD_SIP;
    else if (!in.found)
        what = in.sdp_status == TG_NOT_FOUND ? TG_PCAP_SIP_WITHOUT_MIKEY : TG_PCAP_SIP_BAD_SDP;
    session->counts.sip[what]++;
}
