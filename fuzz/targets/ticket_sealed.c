/* ticket_sealed: the input is the body of a TICKET payload (from Ticket Type on). It takes the place of the ticket in a made
 * TRANSFER_INIT or RESOLVE_INIT (by its length), judged by who has the TPK: as it stands; with the MAC in the ticket and those of the
 * message made right; and once more with what stands in the ticket's KEMAC taken for its plaintext, and encrypted.
 *
 * Oracles: judgement, same_judgement, no_secrets (keyed.h); as it stands the ticket is authentic only when its Ticket Data
 * and policy are those of the made one; sealed it is, where its algorithms are known; what was encrypted is what it opens to.
 */
#include "keyed.h"

#include <stdlib.h>

enum { LONGEST = 2048, MEMORY = 1 << 18, MAX_SENT = 8 };
static uint8_t memory[MEMORY], other_memory[MEMORY];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_keyed_init();
    return 0;
}

static const tg_ticket *ticket_in(const tg_message *message)
{
    return message ? (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET) : NULL;
}

static const tg_ticket *parsed_ticket(tg_bytes octets)
{
    static uint8_t parse_memory[MEMORY];
    tg_arena arena = tg_arena_of(parse_memory, sizeof parse_memory);
    tg_message *message = NULL;
    return tg_message_parse(octets, &arena, &message, NULL) == TG_OK ? ticket_in(message) : NULL;
}

/* The message with `body` behind the Next Payload octet of its TICKET. */
static tg_bytes with_ticket(tg_bytes message, tg_bytes body)
{
    const tg_ticket *ticket = parsed_ticket(message);
    FUZZ_CHECK(ticket, "init", "a message without a ticket");
    size_t front = (size_t)(ticket->head.octets.data - message.data) + 1, skip = ticket->head.octets.len - 1;
    size_t behind = message.len - front - skip;
    memcpy(memory, message.data, front);
    memcpy(memory + front, body.data, body.len);
    memcpy(memory + front + body.len, message.data + front + skip, behind);
    return tg_bytes_of(memory, front + body.len + behind);
}

/* Of the policy and Ticket Data, which the MAC in the ticket covers (A.1), all but the MAC. */
static bool covered_alike(const tg_ticket *a, tg_bytes original)
{
    const tg_ticket *b = parsed_ticket(original);
    size_t a_len = (size_t)(a->ticket_data.octets.data - a->head.octets.data) + a->ticket_data.octets.len;
    size_t b_len = (size_t)(b->ticket_data.octets.data - b->head.octets.data) + b->ticket_data.octets.len;
    return tg_bytes_equal(tg_bytes_of(a->head.octets.data + 1, a_len - 1), tg_bytes_of(b->head.octets.data + 1, b_len - 1));
}

static const tg_judgement *judge_last(const tg_known *known, const tg_sent *sent, size_t num)
{
    const tg_conversation *conversation = fuzz_judge(known, sent, num);
    return conversation ? tg_conversation_judgement(conversation, num - 1) : NULL;
}

/* Encrypts Encr data of the ticket's KEMAC where it stands; false when there is none, or keys are not known. */
static bool encrypt_in_place(const tg_known *known, const tg_sent *sent, size_t num, uint8_t *octets, tg_bytes *plaintext)
{
    const tg_judgement *j = judge_last(known, sent, num);
    const tg_ticket *ticket = j ? ticket_in(j->message) : NULL;
    if (!ticket || ticket->ticket_data.form != TG_CHAIN_PAYLOADS || !j->derived.ticket.encr_key.data)
        return false;
    const tg_payload *payload = tg_payload_find(ticket->ticket_data.payloads, TG_PAYLOAD_KEMAC);
    const tg_kemac *kemac = (const tg_kemac *)payload;
    tg_arena arena = tg_arena_of(other_memory, sizeof other_memory);
    tg_bytes ciphertext;
    if (!kemac || tg_kemac_encrypt(fuzz_crypto(), &known->profile.settings, kemac->encr_alg, j->derived.ticket.encr_key,
                                   j->derived.ticket.iv, kemac->encr_data.octets, &arena, &ciphertext) != TG_OK)
        return false;
    if (ciphertext.len != kemac->encr_data.octets.len)
        return false; /* AES-KW makes it longer, and lengths are the fuzzer's */
    *plaintext = tg_arena_copy(&arena, kemac->encr_data.octets.data, ciphertext.len);
    memcpy(octets + (kemac->encr_data.octets.data - j->message->octets.data), ciphertext.data, ciphertext.len);
    return plaintext->data != NULL;
}

static void check_in(const tg_conversation_made *made, uint8_t data_type, tg_bytes body)
{
    size_t index = fuzz_made_find(made, data_type, 0);
    tg_sent sent[MAX_SENT];
    tg_bytes plaintext;
    FUZZ_CHECK(index < made->num_sent && index < MAX_SENT, "init", "no message of type %u", data_type);
    memcpy(sent, made->sent, (index + 1) * sizeof *sent);
    tg_bytes original = sent[index].octets;
    sent[index].octets = with_ticket(original, body);
    const tg_judgement *j = judge_last(&made->known, sent, index + 1);
    if (!j || j->parse != TG_OK)
        return;
    if (j->ticket_auth == TG_OUTCOME_OK)
        FUZZ_CHECK(covered_alike(ticket_in(j->message), original), "forged", "a ticket that nobody sealed is authentic");
    fuzz_check_not_forged(j, original);
    if (fuzz_reseal_ticket(&made->known, sent, index + 1, memory)) {
        j = judge_last(&made->known, sent, index + 1);
        FUZZ_CHECK(!j || j->ticket_auth == TG_OUTCOME_OK, "reseal", "the ticket: %s", tg_outcome_name(j->ticket_auth));
    }
    (void)fuzz_reseal(&made->known, sent, index + 1, memory);
    (void)judge_last(&made->known, sent, index + 1);
    if (!encrypt_in_place(&made->known, sent, index + 1, memory, &plaintext))
        return;
    (void)fuzz_reseal(&made->known, sent, index + 1, memory);
    j = judge_last(&made->known, sent, index + 1);
    if (j && j->ticket_auth == TG_OUTCOME_OK && j->derived.ticket.kemac_plain.data) /* a chain */
        FUZZ_CHECK(tg_bytes_equal(j->derived.ticket.kemac_plain, plaintext), "ticket_kemac", "it opens to something else");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LONGEST || size == 0)
        return 0;
    fuzz_block body = fuzz_block_copy(data, size);
    (void)fuzz_repair_ticket_lengths(body.data, size);
    /* One of three, by its length: each costs a dozen judgements. */
    switch (size % 3) {
    case 0: check_in(fuzz_made("psk-128"), TG_DATA_TYPE_TRANSFER_INIT, fuzz_bytes(&body)); break;
    case 1: check_in(fuzz_made("forked-256"), TG_DATA_TYPE_TRANSFER_INIT, fuzz_bytes(&body)); break;
    default: check_in(fuzz_made("forked-256"), TG_DATA_TYPE_RESOLVE_INIT_PSK, fuzz_bytes(&body)); break;
    }
    fuzz_block_free(&body);
    return 0;
}
