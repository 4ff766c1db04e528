/* Reads a capture through libpcap, packet by packet. */
#define _DEFAULT_SOURCE /* libpcap's headers want u_int and u_char */
#include <stdlib.h>

#include <pcap/pcap.h>

#include "reader.h"

static const char *const verdict_names[] = { "conforms", "fails", "unreadable", "nothing_to_judge", "inconclusive",
                                             "stopped" };

const char *tg_pcap_verdict_name(tg_pcap_verdict verdict)
{
    return verdict_names[verdict];
}

static tg_pcap_packet take_packet(tgp_session *session, int link_type, const struct pcap_pkthdr *header,
                                  const u_char *octets)
{
    tgp_segment segment;
    memset(&segment, 0, sizeof segment); /* addresses are compared whole */
    tgp_view view = { tg_bytes_of(octets, header->caplen), header->caplen < header->len };
    tg_pcap_packet result = tgp_dissect(link_type, view, &segment);
    if (result != TG_PCAP_SIP)
        return result;
    if (segment.tcp)
        return tgp_streams_take(session, &segment);
    const char *data = (const char *)segment.data.data;
    if (segment.data.len == 0)
        return TG_PCAP_EMPTY;
    if (!tg_sip_begins(data, segment.data.len))
        return TG_PCAP_NOT_SIP;
    tgp_sip_message(session, &segment, session->frame, data, segment.data.len);
    return TG_PCAP_SIP;
}

static bool is_interrupted(const tg_pcap_options *options)
{
    return options->interrupted && options->interrupted(options->user);
}

/* Reads to the end. False when that did not work; the handle knows why. */
static bool read_packets(tgp_session *session, pcap_t *handle)
{
    struct pcap_pkthdr *header;
    const u_char *octets;
    int link_type = pcap_datalink(handle), got = 0;
    while (!session->stopped && (got = pcap_next_ex(handle, &header, &octets)) == 1) {
        session->stopped = is_interrupted(session->options);
        session->frame++;
        session->seconds = header->ts.tv_sec;
        session->nanoseconds = (uint32_t)header->ts.tv_usec; /* nanoseconds: the capture was opened for them */
        session->counts.packets++;
        session->counts.packet[take_packet(session, link_type, header, octets)]++;
    }
    if (got == PCAP_ERROR && is_interrupted(session->options))
        session->stopped = true;
    return session->stopped || got == PCAP_ERROR_BREAK; /* which is how the end of a file is told */
}

/* Something that may have held a message could not be looked at. */
static bool left_out(const tg_pcap_counts *counts)
{
    return counts->packet[TG_PCAP_FRAGMENT] + counts->packet[TG_PCAP_OUT_OF_ORDER] + counts->packet[TG_PCAP_CUT] +
               counts->packet[TG_PCAP_MALFORMED] + counts->packet[TG_PCAP_UNKNOWN_LINK] +
               counts->sip[TG_PCAP_SIP_BAD_SIP] + counts->sip[TG_PCAP_SIP_BAD_SDP] +
               counts->sip[TG_PCAP_SIP_TOO_LARGE] + counts->sip[TG_PCAP_SIP_INCOMPLETE] >
           0;
}

static tg_pcap_verdict verdict_of(const tgp_session *session, const char *error)
{
    if (session->counts.failing > 0)
        return TG_PCAP_FAILS;
    if (error[0] != '\0')
        return TG_PCAP_UNREADABLE;
    if (session->stopped)
        return TG_PCAP_STOPPED;
    if (session->counts.messages == 0)
        return TG_PCAP_NOTHING;
    return left_out(&session->counts) ? TG_PCAP_INCONCLUSIVE : TG_PCAP_CONFORMS;
}

static void read_capture(tgp_session *session, pcap_t *handle, tg_pcap_result *result)
{
    const char *name = pcap_datalink_val_to_name(pcap_datalink(handle));
    if (name)
        (void)snprintf(result->link, sizeof result->link, "%s", name);
    else
        (void)snprintf(result->link, sizeof result->link, "%d", pcap_datalink(handle));
    if (!read_packets(session, handle))
        (void)snprintf(result->error, sizeof result->error, "%s", pcap_geterr(handle));
    if (session->no_memory)
        (void)snprintf(result->error, sizeof result->error, "out of memory");
    tgp_streams_end(session);
}

tg_pcap_result tg_pcap_check(FILE *capture, const tg_pcap_options *options)
{
    tg_pcap_result result = { .verdict = TG_PCAP_UNREADABLE };
    char why[PCAP_ERRBUF_SIZE] = "";
    tgp_session *session = calloc(1, sizeof *session);
    pcap_t *handle = NULL;
    if (session)
        handle = pcap_fopen_offline_with_tstamp_precision(capture, PCAP_TSTAMP_PRECISION_NANO, why);
    if (!handle) {
        bool stopped = session && is_interrupted(options);
        result.verdict = stopped ? TG_PCAP_STOPPED : TG_PCAP_UNREADABLE;
        if (!stopped)
            (void)snprintf(result.error, sizeof result.error, "%s", session ? why : "out of memory");
        (void)fclose(capture);
        free(session);
        return result;
    }
    session->options = options;
    read_capture(session, handle, &result);
    result.counts = session->counts;
    result.verdict = verdict_of(session, result.error);
    pcap_close(handle); /* closes the file, too */
    free(session);
    return result;
}
