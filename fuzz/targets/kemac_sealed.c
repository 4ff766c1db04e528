/* kemac_sealed: the input is the plaintext of a KEMAC. It is encrypted with the keys of a made conversation and put in the
 * place of the KEMAC of its REQUEST_RESP, RESOLVE_RESP, TRANSFER_INIT or TRANSFER_RESP (by its length); then the MAC is made right. And the input as it
 * is in the place of the ciphertext.
 *
 * Oracles: judgement, same_judgement, no_secrets (keyed.h); with the old MAC nothing is authentic; sealed it is, and the
 * KEMAC opens to the plaintext when that is a chain, and does not when it is none.
 */
#include "keyed.h"

#include <stdlib.h>

enum { LONGEST = 2048, MEMORY = 1 << 18 };
static uint8_t memory[MEMORY];

typedef struct place {
    const tg_conversation_made *made;
    size_t index; /* of the message with the KEMAC */
    uint8_t encr_alg, data_type;
    uint8_t key[32], iv[16];
    size_t key_len, iv_len;
} place;
static place places[6];
static size_t num_places;

static void add_place(const char *name, uint8_t data_type)
{
    place *p = &places[num_places++];
    p->made = fuzz_made(name);
    p->data_type = data_type;
    p->index = fuzz_made_find(p->made, data_type, 0);
    FUZZ_CHECK(p->index < p->made->num_sent, "init", "%s has no message of type %u", name, data_type);
    const tg_conversation *judged = fuzz_judge(&p->made->known, p->made->sent, p->index + 1);
    const tg_judgement *j = tg_conversation_judgement(judged, p->index);
    const tg_payload *kemac = tg_payload_find(j->message->payloads, TG_PAYLOAD_KEMAC);
    FUZZ_CHECK(kemac && j->kemac == TG_OUTCOME_OK, "init", "%s: no KEMAC that opens", name);
    p->encr_alg = ((const tg_kemac *)kemac)->encr_alg;
    p->key_len = j->derived.encr_key.len;
    p->iv_len = j->derived.iv.len;
    memcpy(p->key, j->derived.encr_key.data, p->key_len);
    memcpy(p->iv, j->derived.iv.data, p->iv_len);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_keyed_init();
    add_place("psk-128", TG_DATA_TYPE_REQUEST_RESP);
    add_place("forked-256", TG_DATA_TYPE_REQUEST_RESP);
    add_place("forked-256", TG_DATA_TYPE_RESOLVE_RESP);
    add_place("pk-128", TG_DATA_TYPE_RESOLVE_RESP);
    add_place("own-keys", TG_DATA_TYPE_TRANSFER_INIT);
    add_place("own-keys", TG_DATA_TYPE_TRANSFER_RESP);
    return 0;
}

/* Judges the conversation up to the message, with this Encr data; sealed it has to be authentic. */
static const tg_judgement *judged(const place *p, tg_bytes encr_data, bool sealed)
{
    tg_sent sent[16];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_kemac kemac = { .head = { .type = TG_PAYLOAD_KEMAC }, .encr_alg = p->encr_alg,
                       .encr_data = { .form = TG_CHAIN_OCTETS, .octets = encr_data } };
    size_t len;
    FUZZ_CHECK(p->index < 16, "init", "message %zu", p->index);
    memcpy(sent, p->made->sent, (p->index + 1) * sizeof *sent);
    uint8_t *octets = fuzz_with_payload(sent[p->index].octets, &kemac.head, &arena, &len);
    FUZZ_CHECK(octets, "init", "the message cannot be built");
    sent[p->index].octets = tg_bytes_of(octets, len);
    if (sealed)
        FUZZ_CHECK(fuzz_reseal(&p->made->known, sent, p->index + 1, octets), "reseal", "it cannot be sealed");
    const tg_conversation *conversation = fuzz_judge(&p->made->known, sent, p->index + 1);
    const tg_judgement *j = conversation ? tg_conversation_judgement(conversation, p->index) : NULL;
    if (j && sealed)
        FUZZ_CHECK(j->auth == TG_OUTCOME_OK, "reseal", "auth is %s", tg_outcome_name(j->auth));
    else if (j)
        fuzz_check_not_forged(j, p->made->sent[p->index].octets);
    return j;
}

static bool is_chain(const place *p, tg_bytes plaintext)
{
    static uint8_t parse_memory[MEMORY];
    tg_arena arena = tg_arena_of(parse_memory, sizeof parse_memory);
    tg_payload *payloads;
    return tg_message_parse_keys(plaintext, p->data_type, &arena, &payloads, NULL) == TG_OK;
}

static void check_place(const place *p, tg_bytes plaintext)
{
    static uint8_t encrypt_memory[MEMORY];
    tg_arena arena = tg_arena_of(encrypt_memory, sizeof encrypt_memory);
    tg_bytes ciphertext;
    (void)judged(p, plaintext, true); /* as ciphertext */
    tg_status status = tg_kemac_encrypt(fuzz_crypto(), &p->made->known.profile.settings, p->encr_alg,
                                        tg_bytes_of(p->key, p->key_len), tg_bytes_of(p->iv, p->iv_len), plaintext,
                                        &arena, &ciphertext);
    FUZZ_CHECK(status == TG_OK || status == TG_BAD_KEY, "kemac", "encrypting: %s", tg_status_name(status));
    if (status != TG_OK)
        return; /* not a length that AES-KW takes */
    (void)judged(p, ciphertext, false);
    const tg_judgement *j = judged(p, ciphertext, true);
    if (!j)
        return;
    bool opens = is_chain(p, plaintext);
    FUZZ_CHECK(j->kemac == (opens ? TG_OUTCOME_OK : TG_OUTCOME_FAIL), "kemac", "data type %u: %s, and the plaintext is %s",
               p->data_type, tg_outcome_name(j->kemac), opens ? "a chain" : "none");
    FUZZ_CHECK(!opens || tg_bytes_equal(j->derived.kemac_plain, plaintext), "kemac", "it opens to something else");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LONGEST)
        return 0;
    fuzz_block plaintext = fuzz_block_copy(data, size);
    check_place(&places[size % num_places], fuzz_bytes(&plaintext)); /* one, by its length: each costs a dozen judgements */
    fuzz_check_unchanged(&plaintext, data);
    fuzz_block_free(&plaintext);
    return 0;
}
