/* The JSON form. */
#include "present_parts.h"

static void add_string(tg_text *out, const char *member, const char *value)
{
    tgp_add(out, ",\"%s\":", member);
    tg_json_add_string(value, out);
}

static void add_hex(tg_text *out, tg_bytes octets)
{
    char text[2 * 256 + 1];
    while (octets.len > 0) {
        tg_bytes part = { octets.data, octets.len < 256 ? octets.len : 256 };
        tg_hex_encode(part, text);
        tg_text_add(out, text, 2 * part.len);
        octets.data += part.len;
        octets.len -= part.len;
    }
}

void tgp_json_begin(tg_pcap_presentation *to, const char *name, const tg_pcap_options *options)
{
    tg_text *out = &to->out;
    tgp_add(out, "{\"format\":1");
    add_string(out, "capture", name);
    add_string(out, "profile", options->profile->name);
    tgp_add(out, ",\"messages\":[");
}

static void add_place(tg_text *out, const tg_pcap_message *message)
{
    char text[TG_PCAP_ENDPOINT_MAX];
    tgp_add(out, "{\"frame\":%llu,\"first_frame\":%llu", (unsigned long long)message->frame,
            (unsigned long long)message->first_frame);
    tgp_time_text(message->seconds, message->nanoseconds, text);
    add_string(out, "time", text);
    add_string(out, "transport", message->tcp ? "tcp" : "udp");
    tg_pcap_endpoint_text(&message->source, text);
    add_string(out, "source", text);
    tg_pcap_endpoint_text(&message->destination, text);
    add_string(out, "destination", text);
    add_string(out, "first_line", message->first_line);
    if (message->attribute->m_line < 0)
        tgp_add(out, ",\"level\":\"session\",\"m_line\":null");
    else
        tgp_add(out, ",\"level\":\"media\",\"m_line\":%d", message->attribute->m_line);
    tgp_add(out, ",\"m_lines\":[");
    for (size_t i = 0; i < message->attribute->num_m_lines; i++)
        tgp_add(out, "%s\"%s\"", i ? "," : "", message->attribute->m_lines[i] == TG_M_LINE_TLS ? "tls" : "rtp");
    tgp_add(out, "]");
}

void tgp_json_message(tg_pcap_presentation *to, const tg_pcap_message *message)
{
    tg_text *out = &to->out;
    int data_type = tgp_data_type(message);
    const char *name = data_type >= 0 ? tg_registry_name("data_type", (uint32_t)data_type) : NULL;
    tgp_add(out, to->num_messages > 0 ? ",\n" : "\n");
    add_place(out, message);
    if (data_type < 0)
        tgp_add(out, ",\"data_type\":null");
    else
        tgp_add(out, ",\"data_type\":%d", data_type);
    add_string(out, "data_type_name", name ? name : "");
    tgp_add(out, ",\"octets\":\"");
    add_hex(out, message->octets);
    tgp_add(out, "\",\"conforms\":%s,\"receives\":\"%s\",\"error\":", message->conforms ? "true" : "false",
            tg_reception_name(message->reception));
    if (message->message)
        tgp_add(out, "null");
    else
        tg_json_add_error(&message->error, out);
    tgp_add(out, ",\"findings\":[");
    for (size_t i = 0; i < message->num_findings; i++) {
        tgp_add(out, i ? "," : "");
        tg_json_add_finding(&message->findings[i], out);
    }
    tgp_add(out, "],\"findings_not_kept\":%zu}", message->num_findings_lost);
}

void tgp_json_end(tg_pcap_presentation *to, const tg_pcap_result *result)
{
    tg_text *out = &to->out;
    const tg_pcap_counts *counts = &result->counts;
    tgp_add(out, "%s],\n\"summary\":{\"verdict\":\"%s\"", to->num_messages > 0 ? "\n" : "",
            tg_pcap_verdict_name(result->verdict));
    tgp_add(out, ",\"messages\":%llu,\"failing\":%llu", (unsigned long long)counts->messages,
            (unsigned long long)counts->failing);
    add_string(out, "link", result->link);
    add_string(out, "error", result->error);
    tgp_add(out, ",\n\"packets\":{\"read\":%llu", (unsigned long long)counts->packets);
    for (int i = 0; i < TG_PCAP_NUM_PACKETS; i++)
        tgp_add(out, ",\"%s\":%llu", tg_pcap_packet_name((tg_pcap_packet)i), (unsigned long long)counts->packet[i]);
    tgp_add(out, "},\n\"sip_messages\":{");
    for (int i = 0; i < TG_PCAP_NUM_SIPS; i++)
        tgp_add(out, "%s\"%s\":%llu", i ? "," : "", tg_pcap_sip_name((tg_pcap_sip)i),
                (unsigned long long)counts->sip[i]);
    tgp_add(out, "}}}\n");
}
