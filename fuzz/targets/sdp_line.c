/* sdp_line: the input is a session description, one key-mgmt attribute, or a SIP message; from there through base64 to
 * the message.
 *
 * Oracles: a failure has a status that a carrier may have, and a reason; a SIP frame ends inside the octets; body and
 * attributes lie in the input or are ended texts of a length that the input could hold; m-lines keep their limit; an
 * attribute that decodes is written again and found again with the same octets; then those of message; the input is not
 * written to. libosip2 keeps no memory (the leak checker is the judge of that).
 */
#include "fuzz.h"
#include "ticketgate/carriage.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    FUZZ_CHECK(tg_carriage_init() == TG_OK, "init", "carriage cannot be initialised");
    return 0;
}

typedef struct walk {
    size_t input_len;
    size_t num_attributes, num_bodies;
} walk;

static void check_refusal(const char *where, tg_status status, const char *reason)
{
    tg_class class = tg_status_class(status);
    bool known = class == TG_CLASS_ENCODING || class == TG_CLASS_LIMIT || status == TG_NOT_FOUND ||
                 status == TG_TRUNCATED;
    FUZZ_CHECK(known && status != TG_ARENA_FULL, where, "refused with %s", tg_status_name(status));
    FUZZ_CHECK(reason && reason[0], where, "%s without a reason", tg_status_name(status));
}

typedef struct seen {
    fuzz_block *out;
    size_t num;
} seen;

static bool take_own_line(void *user, const tg_key_mgmt *attribute)
{
    seen *to = user;
    size_t len, error_at;
    to->num++;
    *to->out = fuzz_block_new(tg_base64_decoded_max(attribute->data_len), 0xa5);
    tg_status status = tg_base64_decode(attribute->data, attribute->data_len, to->out->data, &len, &error_at);
    FUZZ_CHECK(status == TG_OK, "written_again", "what was written is not base64");
    to->out->len = len;
    return true;
}

static void check_written(tg_bytes octets)
{
    fuzz_block line = fuzz_block_new(tg_key_mgmt_size(octets.len), 0xa5), again = { 0 };
    tg_key_mgmt_write(octets, (char *)line.data);
    FUZZ_CHECK(line.data[line.len - 1] == '\0' && strlen((char *)line.data) == line.len - 1, "written_again",
               "the line is %zu characters in room for %zu", strlen((char *)line.data), line.len);
    seen found = { &again, 0 };
    const char *reason = NULL;
    tg_status status = tg_sdp_key_mgmt((char *)line.data, line.len - 1, take_own_line, &found, &reason);
    FUZZ_CHECK(status == TG_OK && found.num == 1 && tg_bytes_equal(octets, fuzz_bytes(&again)), "written_again",
               "%s, %zu attributes", tg_status_name(status), found.num);
    fuzz_block_free(&line);
    fuzz_block_free(&again);
}

static bool take_attribute(void *user, const tg_key_mgmt *attribute)
{
    walk *to = user;
    size_t len = 0, error_at = 0;
    to->num_attributes++;
    FUZZ_CHECK(attribute->data_len <= to->input_len, "attribute", "%zu characters from %zu", attribute->data_len,
               to->input_len);
    FUZZ_CHECK(attribute->m_line >= -1 && attribute->m_line < TG_SDP_MAX_M_LINES, "attribute", "m-line %d",
               attribute->m_line);
    FUZZ_CHECK(attribute->num_m_lines <= TG_SDP_MAX_M_LINES && (attribute->m_lines || attribute->num_m_lines == 0),
               "attribute", "%zu m-lines", attribute->num_m_lines);
    for (size_t i = 0; i < attribute->num_m_lines; i++)
        FUZZ_CHECK(attribute->m_lines[i] == TG_M_LINE_RTP || attribute->m_lines[i] == TG_M_LINE_TLS, "attribute",
                   "m-line of kind %d", (int)attribute->m_lines[i]);
    fuzz_block octets = fuzz_block_new(tg_base64_decoded_max(attribute->data_len), 0xa5);
    tg_status status = tg_base64_decode(attribute->data, attribute->data_len, octets.data, &len, &error_at);
    FUZZ_CHECK(status == TG_OK || (status == TG_BAD_BASE64 && error_at <= attribute->data_len), "attribute",
               "%s at %zu of %zu", tg_status_name(status), error_at, attribute->data_len);
    if (status == TG_OK) {
        check_written(tg_bytes_of(octets.data, len));
        fuzz_check_octets(octets.data, len, FUZZ_CONTEXT_UNKNOWN);
    }
    fuzz_block_free(&octets);
    return true;
}

static void check_sdp(const char *text, size_t len)
{
    walk to = { .input_len = len };
    const char *reason = NULL;
    tg_status status = tg_sdp_key_mgmt(text, len, take_attribute, &to, &reason);
    if (status != TG_OK)
        check_refusal("sdp", status, reason);
    FUZZ_CHECK((status == TG_OK) == (to.num_attributes > 0), "sdp", "%s with %zu attributes", tg_status_name(status),
               to.num_attributes);
    FUZZ_CHECK(to.num_attributes <= TG_SDP_MAX_ATTRIBUTES, "sdp", "%zu attributes", to.num_attributes);
}

static void take_body(void *user, const char *first_line, const char *body, size_t body_len)
{
    walk *to = user;
    to->num_bodies++;
    FUZZ_CHECK(strlen(first_line) <= to->input_len && body_len <= to->input_len, "sip", "a body of %zu from %zu",
               body_len, to->input_len);
    fuzz_block copy = fuzz_block_copy(body, body_len);
    check_sdp((char *)copy.data, body_len);
    fuzz_block_free(&copy);
}

static void check_sip(const char *text, size_t len)
{
    size_t frame_len = 0;
    const char *reason = NULL;
    walk to = { .input_len = len };
    tg_status status = tg_sip_frame(text, len, &frame_len, &reason);
    if (status == TG_OK)
        FUZZ_CHECK(frame_len <= len, "sip", "a frame of %zu in %zu", frame_len, len);
    else
        check_refusal("sip", status, reason);
    reason = NULL;
    status = tg_sip_sdp_body(text, len, take_body, &to, &reason);
    if (status != TG_OK)
        check_refusal("sip", status, reason);
    FUZZ_CHECK((status == TG_OK) == (to.num_bodies == 1) && (status != TG_OK || tg_sip_begins(text, len)), "sip",
               "%s with %zu bodies", tg_status_name(status), to.num_bodies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_block text = fuzz_block_copy(data, size);
    check_sdp((char *)text.data, size);
    check_sip((char *)text.data, size);
    fuzz_check_unchanged(&text, data);
    fuzz_block_free(&text);
    return 0;
}
