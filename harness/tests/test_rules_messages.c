/* Messages that no peer would send: made by hand without octets, and as large as they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include "ticketgate/rules.h"

#include <cmocka.h>

/* ---- by hand ------------------------------------------------------------------------------------------------ */

typedef struct tally {
    size_t num;
    bool nowhere; /* every finding at offset 0, length 0 */
    bool v_missing, implied, vi_next;
} tally;

static void count_finding(void *user, const tg_finding *finding)
{
    tally *t = user;
    t->nowhere = (t->num++ == 0 || t->nowhere) && finding->offset == 0 && finding->length == 0;
    t->v_missing = t->v_missing || strcmp(finding->requirement->id, "RFC6043-4.2.2.1-08") == 0;
    t->implied = t->implied || (strcmp(finding->requirement->id, "RFC6043-6.10-x03") == 0 &&
                                strcmp(finding->path, "TICKET[0].flags") == 0);
    t->vi_next = t->vi_next || strcmp(finding->requirement->id, "RFC6043-6.10-x18") == 0;
}

static tally judge_message(const tg_message *message, const tg_context *context)
{
    tally t = { .num = 0 };
    size_t num;
    const tg_profile *profiles = tg_profiles(&num);
    for (size_t i = 0; i < num; i++)
        tg_rules_check(message, &profiles[i], context, (tg_finding_sink){ count_finding, &t });
    return t;
}

static void test_message_by_hand(void **state)
{
    (void)state;
    static uint8_t memory[1 << 14];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_generic_cs cs = { .prot_type = 0, .cs_id = 1 };
    tg_message message = { .hdr = { .version = 1, .data_type = TG_DATA_TYPE_TRANSFER_INIT,
                                    .map = { .cs_id_map_type = TG_MAP_GENERIC_ID, .num_cs = 1, .generic = &cs } } };
    tg_ticket *ticket = (tg_ticket *)tg_payload_new(&arena, TG_PAYLOAD_TICKET);
    tg_v *vi = (tg_v *)tg_payload_new(&arena, TG_PAYLOAD_V), *vr = (tg_v *)tg_payload_new(&arena, TG_PAYLOAD_V);
    tg_kemac *kemac = (tg_kemac *)tg_payload_new(&arena, TG_PAYLOAD_KEMAC);
    tg_payload *key = tg_payload_new(&arena, TG_PAYLOAD_KEY_DATA);
    assert_true(ticket && vi && vr && kemac && key);
    vi->head.next = &vr->head;
    ticket->initiator_data = (tg_chain){ .form = TG_CHAIN_PAYLOADS, .payloads = &vi->head };
    kemac->encr_data = (tg_chain){ .form = TG_CHAIN_PAYLOADS, .payloads = key };
    ticket->head.next = &kemac->head;
    message.payloads = &ticket->head;
    tg_context context = { .exchange = TG_EXCHANGE_INITIAL, .tpk_at_hand = true };
    tally t = judge_message(&message, &context);
    assert_true(t.num > 20 && t.nowhere && t.v_missing && t.implied && !t.vi_next);

    /* Next Payload of a Vi made by hand is what it would be built with. */
    tg_override other = { NULL, "auth_alg", 0 }, given = { &other, "next_payload", 0 };
    vi->head.overrides = &other;
    assert_false(judge_message(&message, &context).vi_next);
    vi->head.overrides = &given;
    assert_true(judge_message(&message, &context).vi_next);
}

/* Every data type, with a payload of every type in every chain, all members zero. */
static void test_payloads_of_every_type_by_hand(void **state)
{
    (void)state;
    static uint8_t memory[1 << 16];
    for (unsigned data_type = 0; data_type < 256; data_type++) {
        tg_arena arena = tg_arena_of(memory, sizeof memory);
        tg_message message = { .hdr = { .version = 1, .data_type = (uint8_t)data_type } };
        tg_payload **end = &message.payloads, *nested = NULL;
        for (unsigned type = 0; type <= TG_PAYLOAD_THDR; type++) {
            tg_payload *inner = tg_payload_new(&arena, (uint16_t)type);
            tg_payload *outer = tg_payload_new(&arena, (uint16_t)type);
            if (!inner || !outer)
                continue;
            inner->next = nested;
            nested = inner;
            *end = outer;
            end = &outer->next;
            if (type != TG_PAYLOAD_TICKET)
                continue;
            tg_ticket *ticket = (tg_ticket *)outer;
            ticket->ticket_type = 1;
            ticket->tp_data = ticket->ticket_data = ticket->initiator_data =
                (tg_chain){ .form = TG_CHAIN_PAYLOADS, .payloads = nested };
        }
        tg_context context = { .tpk_at_hand = true };
        tally t = judge_message(&message, &context);
        assert_true(t.num > 0);
    }
}

/* ---- as large as they come ---------------------------------------------------------------------------------- */

enum { MESSAGE_OCTETS = 1 << 20 };

static void count_only(void *user, const tg_finding *finding)
{
    (void)finding;
    ++*(size_t *)user;
}

/* A message that is full of one payload: every check on it must be linear. Returns the findings. */
static size_t judge_many(uint8_t data_type, const uint8_t *payload, size_t payload_len, double *seconds)
{
    uint8_t *octets = calloc(1, MESSAGE_OCTETS);
    size_t len = 10;
    memcpy(octets, (uint8_t[]){ 1, data_type, payload[0], 0, 0, 0, 0, 0, 0, 2 }, 10);
    for (; len + payload_len <= MESSAGE_OCTETS; len += payload_len)
        memcpy(octets + len, payload, payload_len);
    octets[len - payload_len] = 0; /* Next Payload of the last */
    size_t memory_len = tg_message_arena_size(len), num = 0;
    void *memory = malloc(memory_len);
    tg_arena arena = tg_arena_of(memory, memory_len);
    tg_message *message;
    assert_int_equal(tg_message_parse(tg_bytes_of(octets, len), &arena, &message, NULL), TG_OK);
    tg_context context = { .tpk_at_hand = true };
    clock_t start = clock();
    tg_rules_check(message, tg_profile_find("ims-message"), &context, (tg_finding_sink){ count_only, &num });
    *seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    free(memory);
    free(octets);
    return num;
}

static void test_large_messages(void **state)
{
    (void)state;
    static const uint8_t v[] = { 9, 0 }, id[] = { 6, 0, 0, 0 }, sp[] = { 10, 1, 0, 0, 0 }, randr[] = { 15, 1, 0 },
                         kemac[] = { 1, 0, 0, 0, 0 }, tp[] = { 16, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0 },
                         ticket[] = { 17, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0 };
    static const struct {
        const uint8_t *payload;
        size_t len;
    } payloads[] = { { v, sizeof v }, { id, sizeof id }, { sp, sizeof sp }, { randr, sizeof randr },
                     { kemac, sizeof kemac }, { tp, sizeof tp }, { ticket, sizeof ticket } };
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        double seconds;
        size_t num = judge_many(TG_DATA_TYPE_TRANSFER_INIT, payloads[i].payload, payloads[i].len, &seconds);
        print_message("Next Payload %u: %zu findings in %.2f s\n", payloads[i].payload[0], num, seconds);
        assert_true(num > 0);
        assert_true(seconds < 60); /* linear takes about a second with sanitizers, quadratic takes hours */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message_by_hand),
        cmocka_unit_test(test_payloads_of_every_type_by_hand),
        cmocka_unit_test(test_large_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
