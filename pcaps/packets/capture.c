/* The capture: libpcap behind packets.h. Nothing else here includes its headers, but for the numbers of link types. */
#define _DEFAULT_SOURCE /* libpcap's headers want u_int and u_char */
#include <stdio_ext.h>
#include <stdlib.h>

#include <pcap/pcap.h>

#include "pcaps/packets.h"

enum { WHY = 256, BUFFER = 256 << 10 };

struct tgp_capture {
    pcap_t *handle;
    uint64_t frames;
    int link_type;
    char link[32], error[WHY];
    char buffer[BUFFER]; /* of the file: the C library makes one of its own size unless it is given one (glibc 2.36) */
};

static void name_link(tgp_capture *capture)
{
    const char *name = pcap_datalink_val_to_name(capture->link_type);
    if (name)
        (void)snprintf(capture->link, sizeof capture->link, "%s", name);
    else
        (void)snprintf(capture->link, sizeof capture->link, "%d", capture->link_type);
}

tgp_capture *tgp_capture_open(FILE *file, char *why)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    tgp_capture *capture = calloc(1, sizeof *capture);
    /* The usual few KiB are a call into the system every few packets; many more drive what is useful out of the processor's cache. */
    if (capture)
        (void)setvbuf(file, capture->buffer, _IOFBF, sizeof capture->buffer);
    (void)__fsetlocking(file, FSETLOCKING_BYCALLER); /* it is ours alone: libpcap reads twice a packet */
    if (capture)
        capture->handle = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (!capture || !capture->handle) {
        (void)snprintf(why, WHY, "%s", capture ? reason : "out of memory");
        (void)fclose(file);
        free(capture);
        return NULL;
    }
    capture->link_type = pcap_datalink(capture->handle);
    name_link(capture);
    return capture;
}

/* libpcap reads captures whose interfaces are alike, and says in its own words when they are not. Of raw IP it does not read even those that are:
 * it compares the number in the file, 101, with its own for the first interface, 12 (pcap_ng_next_packet of libpcap 1.10). */
static void explain(tgp_capture *capture)
{
    const char *said = pcap_geterr(capture->handle);
    const char *more = "";
    if (strstr(said, "different from the type of the first interface") && capture->link_type == DLT_RAW &&
        strstr(said, "type 101 ")) {
        said = "a second interface of raw IP (link type 101)";
        more = ", which libpcap takes for another type than the first's; what comes before is read: convert the file "
               "with editcap -F pcap";
    } else if (strstr(said, "different from the type of the first interface"))
        more = " (libpcap reads interfaces of one link type only; what comes before is read: write the interfaces to "
               "files of their own)";
    else if (strstr(said, "different from the snapshot length"))
        more = " (libpcap reads interfaces of one snapshot length only; what comes before is read: write the "
               "interfaces to files of their own)";
    (void)snprintf(capture->error, sizeof capture->error, "%s%s", said, more);
}

/* Nanoseconds since 1970. Seconds of pcapng have 64 bits: those beyond the year 2262 stay there. */
static int64_t nanoseconds(const struct pcap_pkthdr *header)
{
    int64_t seconds = (int64_t)header->ts.tv_sec, fraction = (int64_t)header->ts.tv_usec;
    if (TG_LIKELY(seconds > -9000000000 && seconds < 9000000000 && fraction >= 0 && fraction < 4300000000))
        return seconds * 1000000000 + fraction;
    return seconds < 0 ? INT64_MIN / 2 : INT64_MAX;
}

int tgp_capture_next(tgp_capture *capture, tgp_packet *out)
{
    struct pcap_pkthdr *header;
    const u_char *octets;
    int got = pcap_next_ex(capture->handle, &header, &octets);
    if (TG_LIKELY(got == 1)) {
        out->frame = ++capture->frames;
        out->time = nanoseconds(header);
        out->link_type = capture->link_type;
        out->octets = tg_bytes_of(octets, header->caplen);
        out->wire_len = header->len < header->caplen ? header->caplen : header->len;
        return 1;
    }
    if (got == PCAP_ERROR_BREAK) /* which is how the end of a file is told */
        return 0;
    explain(capture);
    return -1;
}

const char *tgp_capture_error(const tgp_capture *capture)
{
    return capture->error;
}

const char *tgp_capture_link(const tgp_capture *capture)
{
    return capture->link;
}

int tgp_capture_link_type(const tgp_capture *capture)
{
    return capture->link_type;
}

void tgp_capture_close(tgp_capture *capture)
{
    if (!capture)
        return;
    pcap_close(capture->handle); /* closes the file, too */
    free(capture);
}
