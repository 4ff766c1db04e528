/* SIP messages between the actors of test_service_support.h, for the tests of the room messaging. */
#ifndef TICKETGATE_TEST_MESSAGING_SUPPORT_H
#define TICKETGATE_TEST_MESSAGING_SUPPORT_H

#include "test_service_support.h"

#include "ticketgate/messaging.h"

#define HELLO "Content-Type: text/plain\r\n\r\nHello, Bob.\r\nUntil tomorrow.\r\n"

static tg_profile im_profile; /* a test may change its settings */

static tg_im_plan im_plan(const char *from, const char *to)
{
    char *uris[2];
    const char *const names[2] = { from, to };
    for (size_t i = 0; i < 2; i++) {
        uris[i] = hold(strlen(names[i]) + 5);
        (void)sprintf(uris[i], "sip:%s", names[i]);
    }
    return (tg_im_plan){ .crypto = crypto,
                         .profile = &im_profile,
                         .random = tg_seeded_random_source(&seeded),
                         .alg = TG_SMIME_AES_128_GCM,
                         .request_uri = uris[1],
                         .from = uris[0],
                         .asserted = uris[0],
                         .sent_by = "host.example.com",
                         .content = text(HELLO) };
}

/* ---- sending ------------------------------------------------------------------------------------------------ */

static line *start_message(tg_service *ue, const tg_ue_call *wanted)
{
    line *l = new_line("ims-message", ue, TG_NO_LEG, NULL, NULL);
    tg_service_result *result = hold(sizeof *result);
    assert_int_equal(tg_ue_start(ue, wanted, now, result), TG_OK);
    assert_true(result->accepted);
    l->leg_i = result->leg;
    deliver(ue, result);
    return l;
}

static tg_established keys_of(tg_service *s, size_t leg)
{
    tg_established keys;
    assert_true(tg_service_keys(s, leg, now, &keys));
    return keys;
}

/* The arena is as large as it has to be, and no larger. */
static tg_status write_im(const tg_im_plan *plan, const tg_established *keys, tg_bytes *sip, tg_im_note *note)
{
    size_t max = tg_im_write_arena_size(plan, keys);
    tg_arena arena = tg_arena_of(hold(max), max);
    return tg_im_write(plan, keys, &arena, sip, note);
}

static tg_bytes written(const tg_im_plan *plan, tg_service *s, size_t leg)
{
    tg_im_note note;
    tg_bytes sip;
    tg_established keys = keys_of(s, leg);
    tg_status status = write_im(plan, &keys, &sip, &note);
    if (status != TG_OK)
        fail_msg("%s: %s %s", tg_status_name(status), tg_im_reason_text(note.reason), note.text);
    assert_int_equal(note.reason, TG_IM_NONE);
    return sip;
}

/* Alice gets a ticket, and sends; `l` is her line. */
static tg_bytes send_message(tg_service *ue, const tg_ue_call *wanted, const tg_im_plan *plan, line **l)
{
    *l = start_message(ue, wanted);
    return written(plan, ue, (*l)->leg_i);
}

/* ---- receiving ---------------------------------------------------------------------------------------------- */

typedef struct received {
    tg_im im;
    tg_status status; /* the last */
    tg_im_note note;
    tg_service_result result;
    tg_im_content content;
    line *l;
} received;

static tg_im *read_im(tg_bytes sip)
{
    tg_im *im = hold(sizeof *im);
    size_t max = tg_im_arena_size(sip.len);
    tg_arena *arena = hold(sizeof *arena);
    *arena = tg_arena_of(hold(max), max);
    tg_status status = tg_im_read(sip, arena, im, NULL);
    if (status != TG_OK)
        fail_msg("%s: %s", tg_status_name(status), im->why ? im->why : "");
    return im;
}

static void open_received(received *r, tg_service *ue)
{
    tg_established keys = { 0 };
    size_t max = tg_im_open_arena_size(&r->im);
    tg_arena arena = tg_arena_of(hold(max), max);
    (void)tg_service_keys(ue, r->l->leg_r, now, &keys);
    r->status = tg_im_open(crypto, &im_profile, &keys, &r->im, false, &arena, &r->content, &r->note);
    if (r->status != TG_OK)
        assert_int_equal(r->content.content.len, 0);
}

/* Reads, asks the KMS, opens. */
static received *receive(tg_service *ue, tg_bytes sip)
{
    received *r = hold(sizeof *r);
    memset(r, 0, sizeof *r);
    r->im = *read_im(sip);
    r->l = new_line("ims-message", NULL, TG_NO_LEG, ue, NULL);
    tg_arena *arena = memory();
    r->status = tg_im_accept(ue, &im_profile, &r->im, arena, now, &r->result, &r->note);
    assert_int_equal(arena->used, 0);
    if (r->status != TG_OK)
        return r;
    r->l->leg_r = r->result.leg;
    write_down(r->l, TG_SENDER_I, "transfer", r->im.transfer_init);
    deliver(ue, &r->result);
    open_received(r, ue);
    return r;
}

static void assert_refused(const received *r, tg_im_reason reason)
{
    if (r->status != TG_REFUSED || r->note.reason != reason)
        fail_msg("%s, %s", tg_status_name(r->status), tg_im_reason_text(r->note.reason));
    assert_null(r->content.content.data);
    assert_int_equal(r->content.origin, TG_IM_ORIGIN_NOT_PROVEN);
}

static void assert_received(const received *r, const char *content, const char *sender)
{
    if (r->status != TG_OK)
        fail_msg("%s: %s", tg_status_name(r->status), tg_im_reason_text(r->note.reason));
    assert_true(tg_bytes_equal(r->content.content, text(content)));
    assert_int_equal(r->content.origin, TG_IM_ORIGIN_PROVEN);
    assert_true(tg_bytes_equal(tg_without_scheme(r->content.sender.data), text(sender)));
}

/* ---- octets ------------------------------------------------------------------------------------------------- */

static const char *find_text(tg_bytes octets, const char *what)
{
    return memmem(octets.data, octets.len, what, strlen(what));
}

/* A SIP request with another head or body, and its Content-Length. */
static tg_bytes sip_of(const char *start_line, const char *fields, const char *content_type, tg_bytes body)
{
    char *out = hold(body.len + 2048);
    int len = sprintf(out,
                      "%s SIP/2.0\r\nFrom: <sip:alice@example.com>;tag=1\r\nTo: "
                      "<sip:bob@example.com>\r\n%s%s%s%sContent-Length: %zu\r\n\r\n",
                      start_line, fields, content_type ? "Content-Type: " : "", content_type ? content_type : "",
                      content_type ? "\r\n" : "", body.len);
    if (body.len > 0)
        memcpy(out + len, body.data, body.len);
    return tg_bytes_of(out, (size_t)len + body.len);
}

/* A MESSAGE of these entities. */
static tg_bytes sip_of_parts(const char *start_line, const char *fields, const tg_bytes *entities, size_t num)
{
    static char body[1 << 18];
    size_t len = 0;
    for (size_t i = 0; i < num; i++) {
        len += (size_t)sprintf(body + len, "--b\r\n");
        memcpy(body + len, entities[i].data, entities[i].len);
        len += entities[i].len;
        len += (size_t)sprintf(body + len, "\r\n");
    }
    len += (size_t)sprintf(body + len, "--b--\r\n");
    return sip_of(start_line, fields, "multipart/mixed; boundary=b", tg_bytes_of(body, len));
}

static int begin_messaging(void **state)
{
    if (begin_world(state) != 0 || tg_carriage_init() != TG_OK || tg_mime_init() != TG_OK)
        return -1;
    im_profile = *tg_profile_find("ims-message");
    return 0;
}

#define MESSAGING_TEST(f) cmocka_unit_test_setup_teardown(f, begin_messaging, end_world)

#endif
