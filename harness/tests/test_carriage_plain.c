/* What counts as plain is taken by libosip2, too: random texts at the edge of the plain form, each beside libosip2 itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../carriage/osip.h"
#include "../carriage/plain.h"
#include "../carriage/request.h"

static uint32_t state = 1;
static unsigned below(unsigned n)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % n;
}

/* Some pieces of a list, one after the other; now and then one character of it becomes another. */
static size_t make(char *out, const char *const *pieces, size_t num, unsigned most)
{
    static const char odd[] = " \t;:@<>\"=/%,+-._aZ09\\(){}";
    size_t len = 0, times = 1 + below(most);
    for (size_t i = 0; i < times; i++) {
        const char *piece = pieces[below((unsigned)num)];
        memcpy(out + len, piece, strlen(piece));
        len += strlen(piece);
    }
    if (len && below(4) == 0)
        out[below((unsigned)len)] = odd[below(sizeof odd - 1)];
    out[len] = '\0';
    return len;
}
#define MAKE(out, pieces, most) make(out, pieces, sizeof pieces / sizeof *(pieces), most)

static void addresses_that_are_plain_are_taken_by_libosip2(void **unused)
{
    static const char *const displays[] = { "", "", "\"Alice\" ", "\"A b+c\" ", "\"\" ", "\" \" ", "Alice " };
    static const char *const users[] = { "a", "+49", "bob", ".", "-", "_", "1" };
    static const char *const hosts[] = { "h", "example.com", ".", "-", "1", "192.0.2.1" };
    static const char *const ports[] = { "", "", ":5060", ":1", ":0", ":65535", ":99999", ":123456" };
    static const char *const parameters[] = { ";lr",         ";a=b", ";tag=1", ";transport=udp",
                                              ";user=phone", ";=",   ";",      ";-=." };
    unsigned plain = 0;
    (void)unused;
    for (unsigned i = 0; i < 200000; i++) {
        char parts[6][256], value[2048];
        for (unsigned p = 0; p < 6; p++)
            parts[p][0] = '\0';
        MAKE(parts[0], displays, 1);
        MAKE(parts[1], users, 3);
        MAKE(parts[2], hosts, 3);
        MAKE(parts[3], ports, 1);
        if (below(2))
            MAKE(parts[4], parameters, 3);
        if (below(2))
            MAKE(parts[5], parameters, 3);
        int len = snprintf(value, sizeof value, "%s<sip:%s@%s%s%s>%s", parts[0], parts[1], parts[2], parts[3], parts[4],
                           parts[5]);
        if (below(8) == 0)
            value[below((unsigned)len)] = (char)(1 + below(255));
        if (!tgc_address_is_plain((tgc_text){ value, strlen(value) }))
            continue;
        plain++;
        char uri[2048];
        const char *from = strchr(value, '<') + 1;
        snprintf(uri, sizeof uri, "%.*s", (int)(strchr(from, '>') - from), from);
        if (!tgc_sip_is_name_addr(value) || !tgc_is_clean_uri(uri))
            fail_msg("plain, and not taken: %s", value);
    }
    assert_true(plain > 20000);
}

static void descriptions_that_are_plain_are_taken_by_libosip2(void **unused)
{
    static const char *const words[] = {
        "-", "0", "1", "IN", "IP4", "192.0.2.1", "a.b", "audio", "RTP/SAVP", "/", "x:y"
    };
    static const char *const lines[] = { "c=IN IP4 192.0.2.1\r\n",
                                         "c=IN IP4 h\r\n",
                                         "c=IN IP4 h/1\r\n",
                                         "m=audio 9 RTP/AVP 0\n",
                                         "m=a 1 b\n",
                                         "m=- 0 / \r\n",
                                         "m=x 99999999999999999999 -/-\r\n",
                                         "m=audio 9/2 X/Y 1\r\n",
                                         "a=x\r\n",
                                         "b=AS:1\r\n",
                                         "m=message 9 TCP/TLS/MSRP *\r\n" };
    unsigned plain = 0;
    (void)unused;
    for (unsigned i = 0; i < 200000; i++) {
        char origin[512] = "", name[256], more[1024], text[4096], copy[TGC_SDP_COPY_MAX];
        for (unsigned w = 0; w < (below(8) ? 6u : 1 + below(8)); w++) {
            size_t len = strlen(origin);
            snprintf(origin + len, sizeof origin - len, "%s%s", w ? " " : "",
                     words[below(sizeof words / sizeof *words)]);
        }
        MAKE(name, words, 2);
        MAKE(more, lines, 6);
        int len = snprintf(text, sizeof text, "v=0\r\no=%s\r\ns=%s\r\nt=%u %u\r\n%s", origin, below(4) ? name : "",
                           below(3), below(4000000000u), more);
        if (below(8) == 0)
            text[below((unsigned)len)] = (char)(1 + below(255));
        const char *reason;
        static tgc_outline outline;
        if (tgc_read_outline((tgc_text){ text, strlen(text) }, &outline, &reason) != TG_OK ||
            !tgc_sdp_is_plain(&outline))
            continue;
        plain++;
        tgc_write_sdp_copy(&outline, "c=", copy);
        tgc_sdp *sdp = tgc_sdp_open(copy);
        if (!sdp)
            fail_msg("plain, and not taken: %s", text);
        tgc_sdp_close(sdp);
    }
    assert_true(plain > 20000);
}

static int setup(void **unused)
{
    (void)unused;
    return tg_carriage_init() == TG_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_are_plain_are_taken_by_libosip2),
        cmocka_unit_test(descriptions_that_are_plain_are_taken_by_libosip2),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
