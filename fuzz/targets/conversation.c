/* conversation: the input is a sequence of messages, each behind three octets: who sends it and in which exchange, and its
 * length; what is left belongs to the last one. Judged with the secrets of the made conversation that it begins like,
 * as it stands and with the MACs of each message made right, one after the other.
 *
 * Oracles: judgement, same_judgement, no_secrets (keyed.h). As it stands a message, a ticket or a Vr is authentic only
 * when it is one of the made conversation's. Sealed again a message is authentic.
 */
#include "keyed.h"

#include <stdlib.h>

enum { MAX_MESSAGES = 12, LONGEST = 1 << 15 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_keyed_init();
    return 0;
}

static size_t cut(const uint8_t *data, size_t size, tg_sent *sent)
{
    static const char *const exchanges[] = { "request", "transfer", "resolve", "update0",
                                             "update1", "update2",  "reuse",   NULL };
    static const tg_sender senders[] = { TG_SENDER_I, TG_SENDER_R, TG_SENDER_K, TG_SENDER_UNKNOWN };
    size_t num = 0;
    for (size_t at = 0; num < MAX_MESSAGES && size - at >= 3; num++) {
        size_t left = size - at - 3, len = (size_t)data[at + 1] << 8 | data[at + 2];
        len = len > left ? left : len;
        sent[num] = (tg_sent){ .octets = tg_bytes_of(data + at + 3, len), .ex = exchanges[data[at] >> 2 & 7],
                               .from = senders[data[at] & 3] };
        at += 3 + len;
    }
    return num;
}

static bool one_of_them(tg_bytes part, const tg_conversation_made *made, tg_bytes (*part_of)(const tg_message *))
{
    static uint8_t memory[1 << 18];
    for (size_t i = 0; i < made->num_sent; i++) {
        tg_arena arena = tg_arena_of(memory, sizeof memory);
        tg_message *message;
        FUZZ_CHECK(tg_message_parse(made->sent[i].octets, &arena, &message, NULL) == TG_OK, "init", "it does not parse");
        if (tg_bytes_equal(part, part_of(message)))
            return true;
    }
    return false;
}

static const tg_ticket *ticket_in(const tg_message *message)
{
    return (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
}

static tg_bytes ticket_data(const tg_message *message)
{
    return ticket_in(message) ? ticket_in(message)->ticket_data.octets : tg_bytes_of(NULL, 0);
}

static tg_bytes initiator_data(const tg_message *message)
{
    return ticket_in(message) ? ticket_in(message)->initiator_data.octets : tg_bytes_of(NULL, 0);
}

/* All but V and what V does not cover: enough to tell messages from each other. */
static tg_bytes front(const tg_message *message)
{
    const tg_ticket *ticket = ticket_in(message);
    const tg_payload *last = tg_payload_last(message->payloads);
    const uint8_t *start = message->octets.data;
    const uint8_t *end = ticket ? ticket->ticket_data.octets.data : last ? last->octets.data : start;
    return tg_bytes_of(start, (size_t)(end - start));
}

static void check_not_forged(const tg_judgement *j, const tg_conversation_made *made)
{
    FUZZ_CHECK(j->auth != TG_OUTCOME_OK || one_of_them(front(j->message), made, front), "forged",
               "a message of type %u that nobody sealed is authentic", j->message->hdr.data_type);
    FUZZ_CHECK(j->ticket_auth != TG_OUTCOME_OK || one_of_them(ticket_data(j->message), made, ticket_data), "forged",
               "a ticket that nobody sealed is authentic");
    FUZZ_CHECK(j->vr_auth != TG_OUTCOME_OK || one_of_them(initiator_data(j->message), made, initiator_data), "forged",
               "Initiator Data that nobody sealed is authentic");
}

/* Envelope keys are sealed with randomness of OpenSSL's: a seed of another run is signed as well, and not one of ours. */
static bool has_public_key_request(const tg_conversation *judged)
{
    for (size_t i = 0; i < tg_conversation_num(judged); i++) {
        const tg_message *message = tg_conversation_judgement(judged, i)->message;
        if (message && (message->hdr.data_type == TG_DATA_TYPE_REQUEST_INIT_PK ||
                        message->hdr.data_type == TG_DATA_TYPE_RESOLVE_INIT_PK))
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tg_sent sent[MAX_MESSAGES];
    if (size > LONGEST)
        return 0;
    fuzz_block input = fuzz_block_copy(data, size);
    size_t num = cut(input.data, size, sent);
    if (num > 0) {
        const tg_conversation_made *made = fuzz_made_like(sent[0].octets);
        const tg_conversation *judged = fuzz_judge(&made->known, sent, num);
        for (size_t i = 0; judged && !has_public_key_request(judged) && i < num; i++)
            check_not_forged(tg_conversation_judgement(judged, i), made);
        fuzz_check_unchanged(&input, data);
        for (size_t i = 0; i < num; i++)
            (void)fuzz_reseal(&made->known, sent, i + 1, input.data + (sent[i].octets.data - input.data));
        (void)fuzz_judge(&made->known, sent, num);
    }
    fuzz_block_free(&input);
    return 0;
}
