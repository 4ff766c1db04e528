#include "converse_sip.h"

#include <stdio.h>
#include <stdlib.h>

#include "ticketgate/messaging.h"

#define CONTENT                                                                                                        \
    "Content-Type: text/plain; charset=UTF-8\r\n\r\nTicket %zu of this conversation protects this message.\r\n"
#define SENT_BY "host.example.com"
enum { URI_MAX = 600 };

typedef struct making {
    tg_crypto *crypto;
    const tg_conversation_made *made;
    size_t index;
    tg_seeded_random seeded;
    char from[URI_MAX], to[URI_MAX], content[160];
    uint8_t *memory; /* for the conversation, and for the message */
    size_t memory_size;
    tg_arena arena;
    tg_established keys;
} making;

bool converse_sip_is_message(const tg_profile *profile)
{
    return profile->crypto_sessions.id && profile->crypto_sessions.allowed[TG_PROT_KIND_PSK_SMIME];
}

static bool is_transfer_init(const tg_sent *sent)
{
    return sent->octets.len > 1 && sent->octets.data[1] == TG_DATA_TYPE_TRANSFER_INIT;
}

static void name_party(const tg_identity *id, const char *otherwise, char out[URI_MAX])
{
    tg_bytes uid = id->known ? tg_without_scheme(id->data) : (tg_bytes){ 0 };
    bool is_uid = uid.len > 0 && uid.len < URI_MAX - 8 && memchr(uid.data, '@', uid.len);
    snprintf(out, URI_MAX, "sip:%.*s", is_uid ? (int)uid.len : (int)strlen(otherwise),
             is_uid ? (const char *)uid.data : otherwise);
}

/* What the Initiator knows once he has made this message. */
static tg_status learn(making *m)
{
    tg_conversation *conversation = NULL;
    size_t octets = 0, num = m->index + 1;
    for (size_t i = 0; i < num; i++)
        octets += m->made->sent[i].octets.len;
    size_t size = tg_conversation_arena_size(octets, num) + ((size_t)1 << 20);
    m->memory = malloc(size);
    if (!m->memory)
        return TG_NO_MEMORY;
    m->memory_size = size;
    m->arena = tg_arena_of(m->memory, size);
    tg_status status = tg_conversation_new(m->crypto, &m->made->known, num, &m->arena, &conversation);
    for (size_t i = 0; status == TG_OK && i < num; i++)
        status = tg_conversation_add(conversation, &m->made->sent[i]);
    if (status == TG_OK)
        tg_conversation_established(conversation, &m->keys);
    return status;
}

static bool has_keys(const making *m)
{
    return m->keys.transfer_init && tg_bytes_equal(m->keys.transfer_init->octets, m->made->sent[m->index].octets);
}

static tg_status protect(making *m, tg_bytes *sip)
{
    tg_im_note note;
    tg_profile profile = m->made->known.profile;
    profile.settings.request_uri = TG_REQUEST_URI_SHOULD; /* whoever is called is called */
    const tg_im_plan plan = { .crypto = m->crypto,
                              .profile = &profile,
                              .random = tg_seeded_random_source(&m->seeded),
                              .alg = TG_SMIME_AES_128_GCM,
                              .request_uri = m->to,
                              .from = m->from,
                              .asserted = m->from,
                              .sent_by = SENT_BY,
                              .content = tg_bytes_of(m->content, strlen(m->content)) };
    return has_keys(m) ? tg_im_write(&plan, &m->keys, &m->arena, sip, &note) : TG_REFUSED;
}

static tg_status send_alone(making *m, tg_bytes *sip)
{
    const char *reason = "";
    const tg_sip_plan plan = { .method = "MESSAGE",
                               .request_uri = m->to,
                               .from = m->from,
                               .to = m->to,
                               .asserted = m->from,
                               .from_tag = "1",
                               .call_id = "1@" SENT_BY,
                               .branch = "1",
                               .sent_by = SENT_BY,
                               .cseq = 1,
                               .content_type = "application/mikey",
                               .body = m->made->sent[m->index].octets };
    size_t max = tg_sip_request_size(&plan);
    uint8_t *room = tg_arena_alloc(&m->arena, max);
    sip->data = room;
    return room ? tg_sip_request_write(&plan, room, max, &sip->len, &reason) : TG_ARENA_FULL;
}

static tg_status make(making *m, tg_text *out)
{
    tg_bytes sip = { 0 };
    tg_status status = tg_seeded_random_init(&m->seeded, m->crypto, m->made->sent[m->index].octets);
    if (status == TG_OK && (tg_carriage_init() != TG_OK || tg_mime_init() != TG_OK))
        status = TG_NO_MEMORY;
    if (status == TG_OK)
        status = learn(m);
    if (status != TG_OK)
        return status;
    name_party(&m->made->known.i, "alice@example.com", m->from);
    name_party(m->made->known.r_called.known ? &m->made->known.r_called : &m->made->known.r, "bob@example.com", m->to);
    snprintf(m->content, sizeof m->content, CONTENT, m->index);
    status = protect(m, &sip);
    if (status == TG_REFUSED)
        status = send_alone(m, &sip);
    if (status == TG_OK)
        tg_text_add(out, (const char *)sip.data, sip.len);
    return status == TG_OK && out->failed ? TG_NO_MEMORY : status;
}

tg_status converse_sip_add(tg_crypto *crypto, const tg_conversation_made *made, size_t index, tg_text *out)
{
    making m = { .crypto = crypto, .made = made, .index = index };
    if (index >= made->num_sent || !is_transfer_init(&made->sent[index]))
        return TG_REFUSED;
    tg_status status = make(&m, out);
    if (m.memory)
        tg_arena_wipe(&m.arena, 0);
    free(m.memory);
    tg_wipe(&m, sizeof m);
    return status;
}
