/* A session description as facts: m-lines, addresses, attributes with their places; agreement with tg_sdp_key_mgmt; memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_carriage_support.h"

#define FRONT "v=0\r\no=alice 289 12 IN IP4 host.example.com\r\ns=\r\nc=IN IP4 192.0.2.1/127\r\nt=0 0\r\n"

static tg_sdp sdp;

static tg_status read_text(const char *text)
{
    static uint8_t memory[1 << 20];
    const char *reason;
    tg_arena arena = tg_arena_of(memory, tg_sdp_arena_size(strlen(text)));
    tg_status status = tg_sdp_read(text, strlen(text), &arena, &sdp, &reason);
    assert_int_equal(reason[0] == '\0', status == TG_OK);
    return status;
}

static void whole(void **state)
{
    (void)state;
    static const char text[] = FRONT
        "a=setup:actpass\r\na=connection:new\r\na=sendonly\r\na=key-mgmt:mikey AAAA\r\na=fingerprint:sha-1 0a:FF\r\n"
        "m=audio 49170/2 RTP/SAVP 0 96\r\na=rtcp:53020 IN IP6 2001:db8::2\r\na=ssrc:7 cname:x\r\na=ssrc:7 "
        "y\r\na=ssrc:8 cname:z\r\n"
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\na=candidate:1 1 UDP 1 192.0.2.1 1 typ host\r\n"
        "m=message 9 TCP/TLS/MSRP *\r\nc=IN IP6 2001:db8::1\r\na=path: msrps://h:9/s;tcp "
        "\r\na=setup:active\r\na=inactive\r\n"
        "a=key-mgmt:mikey BBBB\r\na=fingerprint:SHA-256 AB\r\na=fingerprint:sha-512 C\r\n"
        "m=video 0 UDP/TLS/RTP/SAVP 31\r\na=rtcp-mux\r\na=own\r\n";
    assert_int_equal(read_text(text), TG_OK);
    is_text(sdp.origin.session_id, "289");
    is_text(sdp.origin.version, "12");
    is_text(sdp.origin.address, "host.example.com");
    is_text(sdp.address.text, "192.0.2.1");
    assert_true(sdp.address.numeric);
    assert_int_equal(sdp.num_media, 3);
    const tg_sdp_media *audio = &sdp.media[0], *message = &sdp.media[1], *video = &sdp.media[2];
    is_text(audio->formats, "0 96");
    assert_int_equal(audio->port, 49170);
    assert_int_equal(audio->num_ports, 2);
    assert_int_equal(audio->rtcp_port, 53020);
    assert_int_equal(audio->rtcp_address.version, 6);
    assert_int_equal(audio->num_ssrcs, 2);
    assert_int_equal(audio->ssrc, 7);
    assert_int_equal(audio->num_crypto, 1);
    assert_int_equal(audio->direction, TG_SDP_SENDONLY);
    assert_int_equal(audio->setup, TG_SDP_SETUP_ACTPASS);
    assert_int_equal(audio->protection, TG_SDP_KEYED_RTP);
    assert_int_equal(audio->num_attributes, 5);
    assert_false(audio->own_address);
    is_text(message->path, "msrps://h:9/s;tcp");
    is_text(message->address.text, "2001:db8::1");
    is_text(message->connection, "new");
    assert_int_equal(message->setup, TG_SDP_SETUP_ACTIVE);
    assert_int_equal(message->direction, TG_SDP_INACTIVE);
    assert_int_equal(message->protection, TG_SDP_KEYED_TLS);
    assert_int_equal(video->protection, TG_SDP_NOT_KEYED);
    assert_true(video->rtcp_mux);
    assert_int_equal(video->rtcp_port, 0);
    is_text(tg_sdp_find(&sdp, 2, "own")->value, NULL);
    assert_null(tg_sdp_find(&sdp, 1, "own"));
    assert_null(tg_sdp_find(&sdp, 3, "own"));
    assert_null(tg_sdp_find(&sdp, 0, "candidate"));
    assert_int_equal(sdp.num_key_mgmt, 2);
    assert_memory_equal(text + sdp.attributes[sdp.key_mgmt[1].attribute].offset, "a=key-mgmt:mikey BBBB", 21);
    size_t covered[TG_SDP_MAX_M_LINES];
    assert_int_equal(tg_sdp_covered(&sdp, &sdp.key_mgmt[0], covered), 1);
    assert_int_equal(covered[0], 0);
    assert_int_equal(tg_sdp_covered(&sdp, &sdp.key_mgmt[1], covered), 1);
    assert_int_equal(covered[0], 1);
    is_text(tg_sdp_fingerprint_of(&sdp, 0, 0)->octets, "\x0a\xff");
    is_text(tg_sdp_fingerprint_of(&sdp, 1, 0)->octets, "\xab");
    assert_non_null(tg_sdp_fingerprint_of(&sdp, 1, 1)->wrong);
    assert_null(tg_sdp_fingerprint_of(&sdp, 1, 2));
}

static void malformed_keys(void **state)
{
    (void)state;
    assert_int_equal(read_text(FRONT "a=key-mgmt\r\na=key-mgmt:\r\na=key-mgmt:mikey\r\na=key-mgmt:MIKEY "
                                     "AA\r\na=key-mgmt: mikey  AA=\r\na=key-mgmtx:a b\r\n"
                                     "a= key-mgmt:mikey BB\r\na=key-mgmt :mikey BB\r\n"),
                     TG_OK);
    assert_int_equal(sdp.num_key_mgmt, 5);
    for (size_t i = 0; i < 3; i++)
        assert_non_null(sdp.key_mgmt[i].wrong);
    assert_false(sdp.key_mgmt[3].is_mikey);
    assert_true(sdp.key_mgmt[4].is_mikey);
    is_text(sdp.key_mgmt[4].data, "AA=");
}

static void refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "v=0\r\n",
                                       FRONT "m=audio x RTP/SAVP 0\r\n",
                                       FRONT "m=audio 70000 RTP/SAVP 0\r\n",
                                       FRONT "m=audio 1\r\n",
                                       FRONT "c=IN\r\nm=audio 1 RTP/AVP 0\r\n",
                                       FRONT "m=audio 1/ RTP/AVP 0\r\n",
                                       FRONT "q=1\r\n",
                                       FRONT "o=x\r\n",
                                       "v=0\r\no=alice\r\ns=-\r\nt=0 0\r\n" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (read_text(bad[i]) != TG_BAD_SDP)
            fail_msg("taken: %s", bad[i]);
    }
}

/* Memory as promised is enough, for texts that are nothing but the smallest of each kind of line too; less is a limit. */
static void memory(void **state)
{
    (void)state;
    static const char *const lines[] = { "a=\n", "m=a 1 b\n", "a=key-mgmt\n", "a=fingerprint\n",
                                         "a=fingerprint:x 00:11:22:33\n" };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        size_t most = lines[i][0] == 'm' ? TG_SDP_MAX_M_LINES : 900;
        if (strcmp(lines[i], "a=key-mgmt\n") == 0)
            most = TG_SDP_MAX_ATTRIBUTES;
        char *text = calloc(1, sizeof FRONT + most * 40);
        assert_non_null(text);
        strcpy(text, FRONT);
        for (size_t n = 0; n < most; n++) {
            strcat(text, lines[i]);
            if (n < 3 || n + 1 == most)
                assert_int_equal(read_text(text), TG_OK);
        }
        uint8_t little[64];
        const char *reason;
        tg_arena arena = tg_arena_of(little, sizeof little);
        assert_int_equal(tg_sdp_read(text, strlen(text), &arena, &sdp, &reason), TG_ARENA_FULL);
        free(text);
    }
}

typedef struct found {
    size_t num, at;
    bool same;
} found;

static bool note(void *user, const tg_key_mgmt *attribute)
{
    found *to = user;
    while (to->at < sdp.num_key_mgmt && (!sdp.key_mgmt[to->at].is_mikey))
        to->at++;
    assert_true(to->at < sdp.num_key_mgmt);
    const tg_sdp_key *key = &sdp.key_mgmt[to->at++];
    size_t covered[TG_SDP_MAX_M_LINES];
    assert_int_equal(key->m_line, attribute->m_line);
    assert_int_equal(key->data.len, attribute->data_len);
    assert_memory_equal(key->data.data, attribute->data, attribute->data_len);
    assert_int_equal(tg_sdp_covered(&sdp, key, covered), attribute->num_m_lines);
    for (size_t i = 0; i < attribute->num_m_lines; i++)
        assert_int_equal(sdp.media[covered[i]].protection == TG_SDP_KEYED_TLS, attribute->m_lines[i] == TG_M_LINE_TLS);
    to->num++;
    return true;
}

static void agrees_with_key_mgmt(void **state)
{
    (void)state;
    static const char text[] = FRONT "a=key-mgmt:mikey AAAA\r\na=key-mgmt:other x\r\nm=audio 1 RTP/SAVP 0\r\nm=audio 1 "
                                     "RTP/SAVPF 0\r\na=key-mgmt:x y\r\n"
                                     "m=message 1 TCP/TLS/MSRP *\r\na=key-mgmt:mikey CCCC\r\na=key-mgmt:mikey "
                                     "DDDD\r\nm=x 1 TCP/TLS/BFCP *\r\nm=x 1 /TLS/y 0\r\n"
                                     "m=x 1 a/TLS/ 0\r\nm=x 1 a/b/TLS/c 0\r\nm=x 1 TLS/x 0\r\n";
    found to = { 0 };
    const char *reason;
    assert_int_equal(read_text(text), TG_OK);
    assert_int_equal(tg_sdp_key_mgmt(text, strlen(text), note, &to, &reason), TG_OK);
    assert_int_equal(to.num, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),  cmocka_unit_test(malformed_keys),       cmocka_unit_test(refused),
        cmocka_unit_test(memory), cmocka_unit_test(agrees_with_key_mgmt),
    };
    if (tg_carriage_init() != TG_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
