/* made_seeds: writes seeds that only the library can make, for the targets behind a MAC: messages with keys that those
 * targets know.
 *
 *   fuzz_made_seeds DIR    DIR/<target>/<number>; the script `seeds` runs it
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "containers.h"
#include "keyed.h"
#include "stage.h"
#include "tls_samples.h"

static const char *folder;

static void make_folder(const char *path)
{
    FUZZ_CHECK(mkdir(path, 0777) == 0 || errno == EEXIST, "seeds", "%s cannot be made", path);
}

static void write_seed(const char *target, tg_bytes octets)
{
    static unsigned number;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, target);
    make_folder(path);
    snprintf(path, sizeof path, "%s/%s/%u", folder, target, number++);
    FILE *file = fopen(path, "wb");
    FUZZ_CHECK(file && fwrite(octets.data, 1, octets.len, file) == octets.len && fclose(file) == 0, "seeds",
               "%s cannot be written", path);
}

/* ---- conversation: each message behind its three octets ----------------------------------------------------- */

static uint8_t head_of(const tg_sent *sent)
{
    static const char *const exchanges[] = {
        "request", "transfer", "resolve", "update0", "update1", "update2", "reuse"
    };
    uint8_t ex = 7;
    for (uint8_t i = 0; i < 7; i++) {
        if (sent->ex && strcmp(sent->ex, exchanges[i]) == 0)
            ex = i;
    }
    return (uint8_t)(ex << 2 | (sent->from == TG_SENDER_I ? 0 : sent->from == TG_SENDER_R ? 1 : 2));
}

static void write_conversation(const tg_conversation_made *made)
{
    static uint8_t octets[1 << 16];
    tg_writer w = tg_writer_of(octets, sizeof octets);
    for (size_t i = 0; i < made->num_sent; i++) {
        tg_put_u8(&w, head_of(&made->sent[i]));
        tg_put_u16(&w, (uint32_t)made->sent[i].octets.len);
        tg_put_bytes(&w, made->sent[i].octets);
        FUZZ_CHECK(tg_writer_status(&w) == TG_OK, "seeds", "a conversation is too long");
        if (i == 1 || i + 1 == made->num_sent)
            write_seed("conversation", tg_bytes_of(octets, w.len));
    }
}

/* ---- kemac_sealed and ticket_sealed ------------------------------------------------------------------------- */

static void write_ticket(const tg_judgement *j)
{
    static uint8_t body[1 << 14];
    const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(j->message->payloads, TG_PAYLOAD_TICKET);
    if (!ticket || ticket->head.octets.len > sizeof body)
        return;
    size_t len = ticket->head.octets.len - 1;
    memcpy(body, ticket->head.octets.data + 1, len);
    write_seed("ticket_sealed", tg_bytes_of(body, len));
    const tg_payload *payload = ticket->ticket_data.form == TG_CHAIN_PAYLOADS
                                    ? tg_payload_find(ticket->ticket_data.payloads, TG_PAYLOAD_KEMAC)
                                    : NULL;
    tg_bytes plain = j->derived.ticket.kemac_plain;
    if (!payload || ((const tg_kemac *)payload)->encr_data.octets.len != plain.len)
        return;
    memcpy(body + (((const tg_kemac *)payload)->encr_data.octets.data - ticket->head.octets.data - 1), plain.data,
           plain.len);
    write_seed("ticket_sealed", tg_bytes_of(body, len));
    write_seed("kemac_sealed", plain);
}

static void write_parts(const tg_conversation_made *made)
{
    const tg_conversation *judged = fuzz_judge(&made->known, made->sent, made->num_sent);
    FUZZ_CHECK(judged, "seeds", "a conversation cannot be judged");
    for (size_t i = 0; i < made->num_sent; i++) {
        const tg_judgement *j = tg_conversation_judgement(judged, i);
        if (j->kemac == TG_OUTCOME_OK)
            write_seed("kemac_sealed", j->derived.kemac_plain);
        if (j->ticket_auth == TG_OUTCOME_OK)
            write_ticket(j);
    }
}

/* ---- the roles ---------------------------------------------------------------------------------------------- */

static void write_messages(tg_sender role, const char *target)
{
    for (size_t i = 0; i < fuzz_stage_num_sent(); i++) {
        const tg_sent *sent = fuzz_stage_sent(i);
        if (sent->from != role)
            write_seed(target, sent->octets);
    }
}

/* ---- containers --------------------------------------------------------------------------------------------- */

static tg_status fill_zeros(void *user, uint8_t *out, size_t len)
{
    (void)user;
    memset(out, 0, len);
    return TG_OK;
}

/* The container in an entity, and that beside a text: one behind the other, as an entity of its own. */
static void write_entities(const fuzz_container *made, bool binary)
{
    static uint8_t entity[4 * FUZZ_CONTAINER_MAX], body[8 * FUZZ_CONTAINER_MAX], whole[9 * FUZZ_CONTAINER_MAX];
    char type[160];
    size_t len, body_len;
    tg_settings settings = { .smime_encoding = binary ? TG_SMIME_ENCODING_BINARY : TG_SMIME_ENCODING_BASE64 };
    tg_mime_form form = { made->type, &settings, NULL };
    tg_random random = { fill_zeros, NULL };
    FUZZ_CHECK(tg_mime_wrap(&form, tg_bytes_of(made->octets, made->len), entity, sizeof entity, &len) == TG_OK, "seeds",
               "no entity");
    write_seed("mime_entity", tg_bytes_of(entity, len));
    tg_bytes entities[2] = { tg_bytes_of("Content-Type: text/plain\r\n\r\nhello", 33), tg_bytes_of(entity, len) };
    FUZZ_CHECK(tg_mime_join(entities, 2, &random, type, body, sizeof body, &body_len) == TG_OK, "seeds", "no body");
    int head = snprintf((char *)whole, sizeof whole, "Content-Type: %s\r\n\r\n", type);
    memcpy(whole + head, body, body_len);
    write_seed("mime_entity", tg_bytes_of(whole, (size_t)head + body_len));
}

/* Forged: the attributes of AuthenticatedData as its content. */
static void write_stripped(const fuzz_container *made)
{
    static uint8_t memory[1 << 17];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_smime s;
    FUZZ_CHECK(tg_smime_parse(tg_bytes_of(made->octets, made->len), &arena, &s, NULL) == TG_OK, "seeds",
               "no container");
    if (s.type != TG_SMIME_TYPE_IS_AUTHENTICATED || !s.has_auth_attrs)
        return;
    fuzz_block stripped = fuzz_stripped(&s);
    write_seed("smime_open", fuzz_bytes(&stripped));
    fuzz_block_free(&stripped);
}

static void write_containers(void)
{
    size_t num;
    fuzz_containers_init();
    const fuzz_container *made = fuzz_containers(&num);
    for (size_t i = 0; i < num; i++) {
        write_seed("smime_open", tg_bytes_of(made[i].octets, made[i].len));
        write_stripped(&made[i]);
        if (i % 4 == 0)
            write_entities(&made[i], i % 8 == 0);
    }
}

/* ---- tls_handshake: each segment behind who sends it and its length ------------------------------------------- */

static void write_handshake(const tg_tls_sample *made)
{
    static uint8_t octets[1 << 16], segment[1 << 14];
    tg_writer w = tg_writer_of(octets, sizeof octets);
    for (size_t i = 0; i < sizeof made->segments / sizeof made->segments[0] && made->segments[i]; i++) {
        size_t len = 0, at;
        const char *hex = made->segments[i] + 1;
        FUZZ_CHECK(tg_hex_decode(hex, strlen(hex), segment, &len, &at) == TG_OK, "seeds", "a handshake is no hex");
        tg_put_u8(&w, made->segments[i][0] == 'C');
        tg_put_u16(&w, (uint32_t)len);
        tg_put_bytes(&w, tg_bytes_of(segment, len));
    }
    FUZZ_CHECK(tg_writer_status(&w) == TG_OK, "seeds", "a handshake is too long");
    write_seed("tls_handshake", tg_bytes_of(octets, w.len));
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: fuzz_made_seeds DIR\n", stderr);
        return 4;
    }
    folder = argv[1];
    make_folder(folder);
    fuzz_keyed_init();
    for (size_t i = 0; i < fuzz_num_made; i++) {
        write_conversation(fuzz_made(fuzz_made_names[i]));
        write_parts(fuzz_made(fuzz_made_names[i]));
    }
    write_containers();
    for (size_t i = 0; i < TG_NUM_TLS_SAMPLES; i++)
        write_handshake(&tg_tls_samples[i]);
    fuzz_stage_init();
    write_messages(TG_SENDER_I, "role_initiator");
    write_messages(TG_SENDER_R, "role_responder");
    write_messages(TG_SENDER_K, "role_kms");
    return 0;
}
