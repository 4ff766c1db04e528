/* Captures of others (TICKETGATE_REFERENCE_DATA): what tshark finds in them is found, nothing is invented, and of each SIP message the look at it agrees
 * with libosip2's whole parse wherever that takes the message. The numbers are those of tshark 4.0 and of reading the captures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>
#include <osipparser2/osip_parser.h>

#include "pcaps/units.h"
#include "ticketgate/carriage.h"

/* sip: without repetitions; repeated: octet for octet the same between the same ends within 32 seconds. */
static const struct expectation {
    const char *name;
    unsigned sip, repeated, http, tls;
} expectations[] = {
    { "ndpi_sip.pcap", 67, 14, 0, 0 },
    { "suricata_sip-sdp.pcap", 2, 0, 0, 0 },
    { "suricata_sip-tcp-method.pcap", 2, 0, 0, 0 },
    { "suricata_sip-body-large.pcap", 2, 0, 0, 0 },
    { "suricata_sip-compact-form.pcap", 1, 0, 0, 0 },
    { "sngrep_ipip.pcap", 4, 0, 0, 0 },
    { "wswiki_mikey.pcap", 2, 0, 0, 0 },
    { "wswiki_http-chunked-gzip.pcap", 0, 0, 2, 0 },
    { "wireshark_http-ooo.pcap", 0, 0, 5, 0 },
    { "csanders_http_ip4and6.pcapng", 0, 0, 4, 0 },
    { "pcpp_sll2.pcap", 0, 0, 0, 1 },
    { "suricata_sctp-keywords.pcap", 0, 0, 0, 0 },
    { "pcpp_VlanPackets.pcap", 0, 0, 0, 0 },
};

static unsigned compared;

static void is_text(tg_bytes found, const char *expected)
{
    assert_int_equal(found.len, expected ? strlen(expected) : 0);
    if (expected)
        assert_memory_equal(found.data, expected, found.len);
}

static void same_tag(tg_bytes found, osip_from_t *address)
{
    osip_generic_param_t *tag = NULL;
    if (address)
        (void)osip_from_get_tag(address, &tag);
    is_text(found, tag ? tag->gvalue : NULL);
}

static void compare(const tg_sip_head *head, const osip_message_t *whole)
{
    char call_id[512] = "";
    const osip_body_t *body = osip_list_get(&whole->bodies, 0);
    assert_int_equal(head->request, whole->sip_method != NULL);
    assert_int_equal(head->status, whole->status_code);
    same_tag(head->from_tag, whole->from);
    same_tag(head->to_tag, whole->to);
    if (whole->call_id)
        (void)snprintf(call_id, sizeof call_id, "%s%s%s", whole->call_id->number, whole->call_id->host ? "@" : "",
                       whole->call_id->host ? whole->call_id->host : "");
    is_text(head->call_id, call_id);
    if (whole->cseq)
        is_text(head->cseq_method, whole->cseq->method);
    assert_int_equal(head->num_vias, osip_list_size(&whole->vias));
    if (body && osip_list_size(&whole->bodies) == 1 && !whole->mime_version)
        assert_int_equal(head->body.len, body->length);
    compared++;
}

static void take_unit(void *user, const tgp_unit *unit)
{
    static tg_sip_head head;
    const char *reason;
    osip_message_t *whole = NULL;
    (void)user;
    if (unit->kind != TGP_UNIT_SIP)
        return;
    assert_int_equal(tg_sip_cut(unit->octets, &head, &reason), TG_OK);
    char *text = malloc(unit->octets.len + 1);
    assert_non_null(text);
    memcpy(text, unit->octets.data, unit->octets.len);
    text[unit->octets.len] = '\0';
    assert_int_equal(osip_message_init(&whole), OSIP_SUCCESS);
    if (osip_message_parse(whole, text, unit->octets.len) == OSIP_SUCCESS)
        compare(&head, whole);
    osip_message_free(whole);
    free(text);
}

static void read_capture(const char *folder, const struct expectation *expected)
{
    char path[1024], why[256];
    (void)snprintf(path, sizeof path, "%s/captures/%s", folder, expected->name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s is not there", path);
    tgp_capture *capture = tgp_capture_open(file, why);
    tgp_units_listener listener = { .unit = take_unit };
    tgp_units *units = tgp_units_new(NULL, NULL, NULL, &listener);
    tgp_packet packet;
    assert_non_null(capture);
    assert_non_null(units);
    while (tgp_capture_next(capture, &packet) == 1)
        assert_true(tgp_units_take(units, &packet));
    tgp_units_finish(units);
    uint64_t sip = tgp_units_messages(units, TGP_UNITS_SIP),
             repeated = tgp_units_messages(units, TGP_UNITS_SIP_REPEATED);
    uint64_t http = tgp_units_messages(units, TGP_UNITS_HTTP), tls = tgp_units_messages(units, TGP_UNITS_TLS);
    if (sip != expected->sip || repeated != expected->repeated || http != expected->http || tls != expected->tls)
        fail_msg("%s: sip %d, repeated %d, http %d, tls %d", expected->name, (int)sip, (int)repeated, (int)http,
                 (int)tls);
    assert_int_equal(tgp_units_messages(units, TGP_UNITS_MSRP) + tgp_units_messages(units, TGP_UNITS_BFCP), 0);
    tgp_units_free(units);
    tgp_capture_close(capture);
}

static void captures(void **state)
{
    (void)state;
    const char *folder = getenv("TICKETGATE_REFERENCE_DATA");
    if (!folder) {
        print_message("TICKETGATE_REFERENCE_DATA is not set: skipped\n");
        skip();
        return;
    }
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++)
        read_capture(folder, &expectations[i]);
    assert_true(compared >= 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(captures) };
    if (tg_carriage_init() != TG_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
