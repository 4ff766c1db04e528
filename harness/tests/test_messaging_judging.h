/* What is known of a message, and what is expected of its judgement, for the tests of the judge. */
#ifndef TICKETGATE_TEST_MESSAGING_JUDGING_H
#define TICKETGATE_TEST_MESSAGING_JUDGING_H

#include "test_messaging_support.h"

typedef struct scene {
    tg_service *alice, *bob;
    line *l;     /* Alice's */
    received *r; /* at Bob */
    tg_bytes sip, tek, key_id;
    tg_im *im;
    tg_known known;
    tg_sent sent[8];
    size_t num_sent;
    tg_im_knowledge knowledge;
} scene;

static tg_arena judging_arena;
static tg_im_judgement judged;

/* What Bob knows: the Ticket Resolve, and the message. */
static void know_as_bob(scene *s)
{
    s->known = (tg_known){ .profile = *tg_profile_find("ims-message"),
                           .kms = uid("kms@example.com"),
                           .r = uid("bob@example.com"),
                           .has_now = true,
                           .now = now,
                           .skew = TG_SKEW_DEFAULT };
    s->known.secrets.psk_r = subscribers[1].psk;
    s->num_sent = 0;
    s->sent[s->num_sent++] = (tg_sent){ .ex = "transfer", .from = TG_SENDER_I };
    for (size_t i = 1; i < s->r->l->num_sent; i++)
        s->sent[s->num_sent++] = s->r->l->sent[i];
    s->knowledge = (tg_im_knowledge){
        .profile = &im_profile, .has_conversation = true, .known = &s->known, .sent = s->sent, .num_sent = s->num_sent
    };
}

/* What the KMS knows: the key of the ticket too. */
static void know_all(scene *s)
{
    s->known = all_secrets("ims-message");
    s->knowledge.num_sent = s->num_sent = 1;
}

static void know_nothing(scene *s)
{
    s->knowledge = (tg_im_knowledge){ .profile = &im_profile };
}

static void set_scene_with(scene *s, const tg_ue_call *wanted, tg_service *alice)
{
    *s = (scene){ .alice = alice, .bob = new_ue("bob@example.com", "ims-message", NULL) };
    tg_im_plan plan = im_plan("alice@example.com", "bob@example.com");
    s->sip = send_message(s->alice, wanted, &plan, &s->l);
    s->tek = tek_of(s->alice, s->l->leg_i, 1);
    s->im = read_im(s->sip);
    s->r = receive(s->bob, s->sip);
    tg_established keys = keys_of(s->alice, s->l->leg_i);
    s->key_id = hold_copy(keys.transfer_init->hdr.map.generic[0].spi);
    know_as_bob(s);
}

static void set_scene(scene *s)
{
    tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
    set_scene_with(s, &wanted, new_ue("alice@example.com", "ims-message", NULL));
}

/* ---- expecting ---------------------------------------------------------------------------------------------- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void judge_im(const scene *s, tg_bytes sip)
{
    size_t max = tg_im_judge_arena_size(sip.len, &s->knowledge);
    free(judging_arena.data);
    judging_arena = tg_arena_of(malloc(max), max);
    assert_non_null(judging_arena.data);
    assert_int_equal(tg_im_judge(crypto, sip, &s->knowledge, &judging_arena, &judged), TG_OK);
    for (size_t i = 0; i < judged.num_findings; i++) {
        const tg_finding *f = judged.findings[i];
        assert_true(f->offset + f->length <= sip.len);
        assert_true(strlen(f->path) > 0 && strlen(f->text) > 0);
    }
}

/* `ids`: sorted, with a blank between them. */
static void expect_ids(const char *ids)
{
    const char *found[64];
    char line_of_ids[2048] = "";
    size_t num = 0;
    for (size_t i = 0; i < judged.num_findings; i++)
        found[num++] = judged.findings[i]->requirement->id;
    qsort(found, num, sizeof *found, compare_texts);
    for (size_t i = 0; i < num; i++) {
        if (i > 0 && strcmp(found[i], found[i - 1]) == 0)
            continue;
        strcat(line_of_ids, line_of_ids[0] ? " " : "");
        strcat(line_of_ids, found[i]);
    }
    assert_string_equal(line_of_ids, ids);
}

static void expect(const scene *s, tg_bytes sip, bool accepted, tg_smime_outcome outcome, tg_im_origin origin,
                   const char *ids)
{
    judge_im(s, sip);
    expect_ids(ids);
    assert_int_equal(judged.parse, TG_OK);
    assert_string_equal(tg_smime_outcome_name(judged.mime.container.outcome), tg_smime_outcome_name(outcome));
    assert_string_equal(tg_im_origin_name(judged.origin), tg_im_origin_name(origin));
    assert_int_equal(judged.accepted, accepted);
}

#define GOOD TG_SMIME_OPENED, TG_IM_ORIGIN_PROVEN

static tg_bytes wrapped(tg_smime_type type, tg_bytes container)
{
    tg_mime_form form = { .type = type, .settings = &im_profile.settings };
    uint8_t *entity = hold(32768);
    size_t len = 0;
    assert_int_equal(tg_mime_wrap(&form, container, entity, 32768, &len), TG_OK);
    return tg_bytes_of(entity, len);
}

/* A container of the test's own. */
static tg_bytes made_of_plan(tg_smime_plan plan, tg_bytes content, tg_bytes id, tg_bytes kek)
{
    tg_smime_key key = { id, kek };
    tg_random random = tg_seeded_random_source(&seeded);
    uint8_t *container = hold(16384);
    size_t len = 0;
    plan.recipients = &key;
    plan.num_recipients = 1;
    tg_status status = tg_smime_make(crypto, &plan, content, &random, container, 16384, &len);
    assert_string_equal(tg_status_name(status), tg_status_name(TG_OK));
    return tg_bytes_of(container, len);
}

/* Likewise, as an entity. */
static tg_bytes container_of_plan(tg_smime_plan plan, tg_bytes content, tg_bytes id, tg_bytes kek)
{
    return wrapped(plan.type, made_of_plan(plan, content, id, kek));
}

static tg_bytes container_of_key(tg_bytes content, tg_bytes id, tg_bytes kek)
{
    tg_smime_plan plan = { .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED, .alg = TG_SMIME_AES_128_GCM };
    return container_of_plan(plan, content, id, kek);
}

static tg_bytes two_parts(const char *start_line, const char *fields, tg_bytes a, tg_bytes b)
{
    const tg_bytes parts[] = { a, b };
    return sip_of_parts(start_line, fields, parts, 2);
}

#define TO_BOB "MESSAGE sip:bob@example.com"

static int end_judging(void **state)
{
    free(judging_arena.data);
    judging_arena = (tg_arena){ 0 };
    return end_world(state);
}

#define JUDGE_TEST(f) cmocka_unit_test_setup_teardown(f, begin_messaging, end_judging)

#endif
