/* bench_read: reads a capture through libpcap and does nothing with it: the least that a reader can cost.
 *
 * usage: bench_read FILE|-; says packets and octets.
 */
#define _DEFAULT_SOURCE /* libpcap wants u_int */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char why[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *header;
    const unsigned char *data;
    unsigned long long packets = 0, octets = 0;
    pcap_t *capture = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;
    if (!capture) {
        fprintf(stderr, "bench_read: %s\n", argc == 2 ? why : "usage: bench_read FILE|-");
        return 2;
    }
    while (pcap_next_ex(capture, &header, &data) == 1) {
        packets++;
        octets += header->caplen;
    }
    pcap_close(capture);
    printf("%llu packets, %llu octets\n", packets, octets);
    return 0;
}
