/* certificate: the input is a certificate (DER, several one behind the other too), or, when it begins with "-----", PEM text.
 * A certificate also takes the place of that in a REQUEST_INIT_PK, which is signed again with the Initiator's key.
 *
 * Oracles: a size lies inside, and that many octets are one certificate; answers are the same twice; a certificate that the
 * CA issued is no longer issued by it when an octet of what is signed changes; a path to the CA needs an issuer; what is no
 * signature does not verify; errors of OpenSSL do not pile up; then judgement, same_judgement, no_secrets (keyed.h), and
 * the message is authentic only with a certificate of the Initiator's key.
 */
#include "keyed.h"

#include <openssl/err.h>
#include <stdlib.h>

enum { LONGEST = 8192, MEMORY = 1 << 18 };
static uint8_t memory[MEMORY];
static tg_pk *ca, *initiator;

static tg_pk *key_of(tg_bytes pem)
{
    tg_pk *out = NULL;
    FUZZ_CHECK(tg_pk_from_pem(fuzz_crypto(), pem, &out) == TG_OK, "init", "a key of the samples cannot be read");
    return out;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_keyed_init();
    ca = key_of(sample_pem_ca());
    initiator = key_of(sample_pem(TG_SENDER_I));
    return 0;
}

static void check_refusal(tg_status status)
{
    FUZZ_CHECK(status == TG_BAD_KEY || status == TG_TOO_LARGE, "certificate", "refused with %s", tg_status_name(status));
}

static void check_key(tg_pk *pk)
{
    static const uint8_t zeros[1024];
    static const char name[] = "alice@example.com";
    tg_coverage covered = { 0 };
    size_t octets = tg_pk_octets(pk);
    FUZZ_CHECK(octets <= TG_RSA_MAX_BITS / 8, "certificate", "a key of %zu octets", octets);
    tg_bytes text = tg_bytes_of(name, sizeof name - 1);
    FUZZ_CHECK(tg_pk_has_name(pk, text) == tg_pk_has_name(pk, text), "certificate", "another name");
    FUZZ_CHECK(!tg_pk_has_name(pk, tg_bytes_of(NULL, 0)) || tg_pk_has_certificate(pk), "certificate", "a name of nobody");
    tg_cover_octets(text, &covered);
    tg_status status = tg_sign_verify(fuzz_crypto(), pk, 0, TG_HASH_IS_SHA_256, &covered, tg_bytes_of(zeros, octets));
    FUZZ_CHECK(status != TG_OK, "forged", "zeros are a signature");
    status = tg_sign_verify(fuzz_crypto(), pk, 1, TG_HASH_IS_SHA_1, &covered, tg_bytes_of(zeros, octets));
    FUZZ_CHECK(status != TG_OK, "forged", "zeros are a signature (PSS)");
    bool issued = tg_pk_is_issued_by(fuzz_crypto(), pk, ca);
    status = tg_pk_verify_path(fuzz_crypto(), &pk, 1, &ca, 1, false, 0);
    FUZZ_CHECK(status == TG_OK || status == TG_NOT_AUTHENTIC, "certificate", "a path: %s", tg_status_name(status));
    FUZZ_CHECK(status != TG_OK || issued || tg_bytes_equal(tg_pk_certificate(pk, 0), tg_pk_certificate(ca, 0)), "forged",
               "a path to the CA, which did not issue it");
}

/* The CA signed it as it is and not otherwise. `at` is an octet in the middle of what is signed. */
static void check_signed(tg_bytes der)
{
    tg_pk *other = NULL;
    fuzz_block changed = fuzz_block_copy(der.data, der.len);
    changed.data[der.len / 3] ^= 0x10;
    if (tg_pk_from_der_certificate(fuzz_crypto(), fuzz_bytes(&changed), &other) == TG_OK) {
        FUZZ_CHECK(!tg_pk_is_issued_by(fuzz_crypto(), other, ca), "forged", "a changed certificate is the CA's");
        tg_pk_free(other);
    }
    fuzz_block_free(&changed);
}

static void check_der(tg_bytes octets)
{
    size_t size = 0;
    tg_status status = tg_certificate_size(fuzz_crypto(), octets, &size);
    tg_pk *pk = NULL, *first = NULL;
    tg_status whole = tg_pk_from_der_certificate(fuzz_crypto(), octets, &pk);
    if (status != TG_OK) {
        check_refusal(status);
        FUZZ_CHECK(whole != TG_OK, "certificate", "no certificate stands there, and it is read");
        return;
    }
    FUZZ_CHECK(size > 0 && size <= octets.len, "certificate", "%zu of %zu octets", size, octets.len);
    FUZZ_CHECK(whole != TG_OK || size == octets.len, "certificate", "octets behind it");
    status = tg_pk_from_der_certificate(fuzz_crypto(), tg_bytes_of(octets.data, size), &first);
    if (status == TG_OK) {
        check_key(first);
        if (tg_pk_is_issued_by(fuzz_crypto(), first, ca))
            check_signed(tg_bytes_of(octets.data, size));
        tg_pk_free(first);
    } else {
        check_refusal(status);
    }
    if (whole == TG_OK)
        tg_pk_free(pk);
}

static void check_pem(tg_bytes text)
{
    tg_pk *pk = NULL;
    tg_status status = tg_pk_from_pem(fuzz_crypto(), text, &pk);
    if (status != TG_OK) {
        check_refusal(status);
        return;
    }
    FUZZ_CHECK(tg_pk_octets(pk) || tg_pk_has_certificate(pk), "certificate", "a key of nothing");
    check_key(pk);
    tg_pk_free(pk);
}

/* Signs the message that ends with SIGN, over what the judge says is covered. */
static bool sign_again(const tg_known *known, const tg_sent *sent, uint8_t *octets)
{
    const tg_conversation *conversation = fuzz_judge(known, sent, 1);
    const tg_judgement *j = conversation ? tg_conversation_judgement(conversation, 0) : NULL;
    if (!j || j->parse != TG_OK || !j->derived.mac_input.data)
        return false;
    const tg_payload *last = tg_payload_last(j->message->payloads);
    tg_coverage covered = { 0 };
    tg_arena arena = tg_arena_of(memory + MEMORY / 2, MEMORY / 2);
    tg_bytes signature;
    tg_cover_octets(j->derived.mac_input, &covered);
    tg_hash hash = tg_sign_hash(&known->profile.settings, j->message->hdr.prf_func);
    if (tg_sign_make(fuzz_crypto(), initiator, ((const tg_sign *)last)->s_type, hash, &covered, &arena, &signature) != TG_OK)
        return false;
    tg_bytes field = ((const tg_sign *)last)->signature;
    FUZZ_CHECK(field.len == signature.len, "init", "a signature of %zu octets", signature.len);
    memcpy(octets + (field.data - j->message->octets.data), signature.data, signature.len);
    return true;
}

static void check_in_message(tg_bytes der)
{
    const tg_conversation_made *made = fuzz_made("pk-128");
    tg_sent sent = made->sent[0];
    tg_arena arena = tg_arena_of(memory, MEMORY / 2);
    tg_cert cert = { .head = { .type = TG_PAYLOAD_CERT }, .cert_type = TG_CERT_TYPE_X_509V3, .cert_data = der };
    size_t len;
    uint8_t *octets = fuzz_with_payload(sent.octets, &cert.head, &arena, &len);
    if (!octets)
        return;
    sent.octets = tg_bytes_of(octets, len);
    const tg_conversation *conversation = fuzz_judge(&made->known, &sent, 1);
    if (conversation)
        fuzz_check_not_forged(tg_conversation_judgement(conversation, 0), made->sent[0].octets);
    if (sign_again(&made->known, &sent, octets))
        (void)fuzz_judge(&made->known, &sent, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LONGEST)
        return 0;
    fuzz_block input = fuzz_block_copy(data, size);
    if (size >= 5 && memcmp(data, "-----", 5) == 0) {
        check_pem(fuzz_bytes(&input));
    } else {
        check_der(fuzz_bytes(&input));
        check_in_message(fuzz_bytes(&input));
    }
    FUZZ_CHECK(ERR_peek_error() == 0, "certificate", "errors of OpenSSL pile up");
    fuzz_check_unchanged(&input, data);
    fuzz_block_free(&input);
    return 0;
}
