/* The form for people. */
#include "present_parts.h"

/* Text of others, made safe for a terminal and cut to a length. */
static void add_foreign(tg_text *out, const char *text)
{
    char safe[161];
    size_t len = 0;
    for (; text[len] != '\0' && len < sizeof safe - 1; len++)
        safe[len] = (unsigned char)text[len] < ' ' || text[len] == 0x7f ? '?' : text[len];
    tg_text_add(out, safe, len);
    if (text[len] != '\0')
        tgp_add(out, "...");
}

void tgp_text_begin(tg_pcap_presentation *to, const char *name)
{
    add_foreign(&to->out, name);
    tgp_add(&to->out, "\n");
}

static void add_finding(tg_text *out, const tg_finding *finding)
{
    const tg_requirement *requirement = finding->requirement;
    tgp_add(out, "    %s %s (%s %s): ", tg_level_name(requirement->level), requirement->id, requirement->source,
            requirement->clause);
    add_foreign(out, requirement->text);
    tgp_add(out, "\n      %s, octet %zu: ", finding->path, finding->offset);
    add_foreign(out, finding->text);
    tgp_add(out, "\n");
}

static void add_error(tg_text *out, const tg_diag *error)
{
    tgp_add(out, "    %s: %s", tg_status_name(error->status), tg_status_text(error->status));
    if (error->path[0] != '\0')
        tgp_add(out, " (%s, octet %zu, %s)", error->path, error->offset, error->clause);
    else if (tg_status_class(error->status) == TG_CLASS_ENCODING)
        tgp_add(out, " (character %zu)", error->offset);
    tgp_add(out, "\n");
}

void tgp_text_message(tg_pcap_presentation *to, const tg_pcap_message *message)
{
    tg_text *out = &to->out;
    char time[48], source[TG_PCAP_ENDPOINT_MAX], destination[TG_PCAP_ENDPOINT_MAX];
    int data_type = tgp_data_type(message);
    const char *name = data_type >= 0 ? tg_registry_name("data_type", (uint32_t)data_type) : NULL;
    tgp_time_text(message->seconds, message->nanoseconds, time);
    tg_pcap_endpoint_text(&message->source, source);
    tg_pcap_endpoint_text(&message->destination, destination);
    tgp_add(out, "\nframe %llu", (unsigned long long)message->frame);
    if (message->first_frame != message->frame)
        tgp_add(out, " (from %llu on)", (unsigned long long)message->first_frame);
    tgp_add(out, ", %s, %s, %s -> %s\n  ", time, message->tcp ? "TCP" : "UDP", source, destination);
    add_foreign(out, message->first_line);
    if (message->attribute->m_line < 0)
        tgp_add(out, "\n  session level: ");
    else
        tgp_add(out, "\n  m-line %d: ", message->attribute->m_line + 1);
    tgp_add(out, "%s, %zu octets, %s\n", name ? name : "unknown data type", message->octets.len,
            message->conforms ? "conforms" : "fails");
    if (!message->message)
        add_error(out, &message->error);
    for (size_t i = 0; i < message->num_findings; i++)
        add_finding(out, &message->findings[i]);
    if (message->num_findings_lost > 0)
        tgp_add(out, "    and %zu more findings\n", message->num_findings_lost);
}

/* "6 SIP, 2 malformed", leaving out what is 0. */
static void add_counts(tg_text *out, const uint64_t *counts, int num, const char *(*text_of)(int))
{
    const char *before = ": ";
    for (int i = 0; i < num; i++) {
        if (counts[i] == 0)
            continue;
        tgp_add(out, "%s%llu %s", before, (unsigned long long)counts[i], text_of(i));
        before = "; ";
    }
    tgp_add(out, "\n");
}

static const char *packet_text(int i)
{
    return tg_pcap_packet_text((tg_pcap_packet)i);
}

static const char *sip_text(int i)
{
    return tg_pcap_sip_text((tg_pcap_sip)i);
}

void tgp_text_end(tg_pcap_presentation *to, const tg_pcap_options *options, const tg_pcap_result *result)
{
    tg_text *out = &to->out;
    const tg_pcap_counts *counts = &result->counts;
    uint64_t sips = 0;
    for (int i = 0; i < TG_PCAP_NUM_SIPS; i++)
        sips += counts->sip[i];
    tgp_add(out, "\n%llu packets%s%s", (unsigned long long)counts->packets, result->link[0] ? ", link type " : "",
            result->link);
    add_counts(out, counts->packet, TG_PCAP_NUM_PACKETS, packet_text);
    tgp_add(out, "%llu SIP messages", (unsigned long long)sips);
    add_counts(out, counts->sip, TG_PCAP_NUM_SIPS, sip_text);
    tgp_add(out, "%llu MIKEY messages under %s: %llu conform, %llu fail\n", (unsigned long long)counts->messages,
            options->profile->name, (unsigned long long)(counts->messages - counts->failing),
            (unsigned long long)counts->failing);
    if (result->error[0] != '\0') {
        tgp_add(out, "reading ended early: ");
        add_foreign(out, result->error);
        tgp_add(out, "\n");
    }
}
