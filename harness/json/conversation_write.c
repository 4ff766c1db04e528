/* A conversation to its JSON. */
#include <stdio.h>

#include "emit.h"

static void put_hex(tg_emit *e, const char *name, tg_bytes octets)
{
    if (octets.len == 0)
        return;
    tg_emit_key(e, name);
    tg_emit_hex(e, octets);
}

static void put_text(tg_emit *e, const char *name, tg_bytes text)
{
    if (text.len == 0)
        return;
    tg_emit_key(e, name);
    tg_emit_string(e, (const char *)text.data, text.len);
}

/* ---- profile ------------------------------------------------------------------------------------------------ */

/* The settings in which the profile differs from the built-in one of its name. */
static void put_settings(tg_emit *e, const tg_settings *settings, const tg_settings *built_in)
{
    bool any = false;
#define PUT(member, ...)                                                                                               \
    if (settings->member != built_in->member) {                                                                        \
        static const char *const values[] = { __VA_ARGS__ };                                                           \
        if (!any) {                                                                                                    \
            tg_emit_key(e, "settings");                                                                                \
            tg_emit_open(e, '{', false);                                                                               \
            any = true;                                                                                                \
        }                                                                                                              \
        tg_emit_member_string(e, #member, values[settings->member]);                                                   \
    }
    TG_SETTINGS(PUT)
#undef PUT
    if (any)
        tg_emit_close(e, '{', false);
}

static void put_profile(tg_emit *e, const tg_profile *profile)
{
    const tg_profile *built_in = tg_profile_find(profile->name);
    tg_emit_member_string(e, "profile", built_in ? profile->name : "rfc6043");
    put_settings(e, &profile->settings, built_in ? &built_in->settings : &tg_profile_find("rfc6043")->settings);
}

/* ---- what is known ------------------------------------------------------------------------------------------ */

static void put_identity(tg_emit *e, const char *name, const tg_identity *identity)
{
    if (!identity->known)
        return;
    tg_emit_key(e, name);
    tg_emit_open(e, '{', false);
    tg_emit_member_number(e, "type", identity->id_type);
    tg_emit_key(e, "data");
    tg_emit_hex(e, identity->data);
    tg_emit_close(e, '{', false);
}

static void put_pem(tg_emit *e, const char *name, tg_bytes pem)
{
    if (pem.len == 0)
        return;
    tg_emit_key(e, name);
    tg_emit_open(e, '{', false);
    put_text(e, "pem", pem);
    tg_emit_close(e, '{', false);
}

static void put_secrets(tg_emit *e, const tg_secrets *secrets, const tg_json_pems *pems)
{
    tg_emit_key(e, "secrets");
    tg_emit_open(e, '{', false);
    put_hex(e, "psk_i", secrets->psk_i);
    put_hex(e, "psk_r", secrets->psk_r);
    put_hex(e, "psk_kms", secrets->psk_kms);
    put_hex(e, "tpk", secrets->tpk);
    put_hex(e, "env_key_i", secrets->env_key_i);
    put_hex(e, "env_key_r", secrets->env_key_r);
    put_hex(e, "mpki", secrets->mpki);
    put_hex(e, "mpkr", secrets->mpkr);
    put_hex(e, "mpkr_forked", secrets->mpkr_forked);
    if (pems->rsa_i.len + pems->rsa_r.len + pems->rsa_kms.len > 0) {
        tg_emit_key(e, "rsa");
        tg_emit_open(e, '{', false);
        put_pem(e, "i", pems->rsa_i);
        put_pem(e, "r", pems->rsa_r);
        put_pem(e, "kms", pems->rsa_kms);
        tg_emit_close(e, '{', false);
    }
    tg_emit_close(e, '{', false);
}

/* A UID is a public identity, too. */
static void put_subscribers(tg_emit *e, const tg_subscriber_source *source)
{
    /* Only a list can be written; an HSS behind a callback cannot be asked for all it has. */
    const tg_subscriber_list nobody = { 0 }, *list = source ? source->user : NULL;
    if (!source || source->by_uid != tg_subscriber_list_source(&nobody).by_uid)
        return;
    tg_emit_key(e, "subscribers");
    tg_emit_open(e, '[', false);
    for (size_t i = 0; i < list->num; i++) {
        const tg_subscriber *subscriber = &list->subscribers[i];
        tg_emit_item(e);
        tg_emit_open(e, '{', false);
        put_hex(e, "b_tid", subscriber->b_tid);
        tg_emit_key(e, "impus");
        tg_emit_open(e, '[', false);
        for (size_t j = 0; j < subscriber->num_uids; j++) {
            tg_emit_item(e);
            tg_emit_string(e, (const char *)subscriber->uids[j].data, subscriber->uids[j].len);
        }
        tg_emit_close(e, '[', false);
        put_hex(e, "psk", subscriber->psk);
        tg_emit_close(e, '{', false);
    }
    tg_emit_close(e, '[', false);
}

static void put_known(tg_emit *e, const tg_known *known, const tg_json_pems *pems)
{
    put_profile(e, &known->profile);
    if (known->has_m_lines && known->num_m_lines == 1 && known->m_lines[0] == TG_M_LINE_TLS)
        tg_emit_member_string(e, "mline", strcmp(known->profile.name, "ims-bfcp-tls") == 0 ? "bfcp" : "msrp");
    tg_emit_key(e, "identities");
    tg_emit_open(e, '{', false);
    put_identity(e, "i", &known->i);
    put_identity(e, "r", &known->r);
    put_identity(e, "kms", &known->kms);
    put_identity(e, "r_called", &known->r_called);
    tg_emit_close(e, '{', false);
    put_secrets(e, &known->secrets, pems);
    if (known->has_now) {
        char now[17];
        snprintf(now, sizeof now, "%016llx", (unsigned long long)known->now);
        tg_emit_member_string(e, "now", now);
        tg_emit_member_number(e, "skew", known->skew);
    }
    if (known->has_trust)
        put_text(e, "trust", pems->trust);
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static void put_message(tg_emit *e, const tg_sent *sent)
{
    static const char *const senders[] = { [TG_SENDER_I] = "I", [TG_SENDER_R] = "R", [TG_SENDER_K] = "K" };
    tg_emit_item(e);
    tg_emit_open(e, '{', false);
    if (sent->ex && sent->ex[0])
        tg_emit_member_string(e, "ex", sent->ex);
    if (sent->from != TG_SENDER_UNKNOWN)
        tg_emit_member_string(e, "from", senders[sent->from]);
    if (sent->has_about)
        tg_emit_member_number(e, "about", sent->about);
    tg_emit_key(e, "hex");
    tg_emit_hex(e, sent->octets);
    tg_emit_close(e, '{', false);
}

void tg_json_add_conversation(const tg_known *known, const tg_sent *sent, size_t num_sent, const tg_json_pems *pems,
                              tg_text *out)
{
    static const tg_json_pems none = { 0 };
    tg_emit e = tg_emit_of(out, 0);
    tg_emit_open(&e, '{', false);
    put_known(&e, known, pems ? pems : &none);
    put_subscribers(&e, known->subscribers);
    tg_emit_key(&e, "messages");
    tg_emit_open(&e, '[', false);
    for (size_t i = 0; i < num_sent; i++)
        put_message(&e, &sent[i]);
    tg_emit_close(&e, '[', false);
    tg_emit_close(&e, '{', false);
}

/* ---- sets of a key file ------------------------------------------------------------------------------------- */

static void put_uids(tg_emit *e, const tg_json_keys *keys, size_t from, size_t to)
{
    tg_emit_open(e, '[', false);
    for (size_t i = from; i < to; i++) {
        tg_emit_item(e);
        tg_emit_string(e, (const char *)keys->participants[i].uid.data, keys->participants[i].uid.len);
    }
    tg_emit_close(e, '[', false);
}

/* An array, or an object of arrays by conference: those of one conference stand together. */
static void put_participants(tg_emit *e, const tg_json_keys *keys)
{
    if (!keys->has_participants)
        return;
    tg_emit_key(e, "participants");
    if (keys->num_participants == 0 || keys->participants[0].conference.len == 0) {
        put_uids(e, keys, 0, keys->num_participants);
        return;
    }
    tg_emit_open(e, '{', false);
    for (size_t i = 0, end; i < keys->num_participants; i = end) {
        tg_bytes conference = keys->participants[i].conference;
        for (end = i; end < keys->num_participants && tg_bytes_equal(keys->participants[end].conference, conference);
             end++)
            ;
        tg_emit_item(e);
        tg_emit_string(e, (const char *)conference.data, conference.len);
        tg_text_add(e->out, ": ", 2);
        put_uids(e, keys, i, end);
    }
    tg_emit_close(e, '{', false);
}

static void put_teks(tg_emit *e, const tg_json_keys *keys)
{
    if (keys->num_teks == 0)
        return;
    tg_emit_key(e, "teks");
    tg_emit_open(e, '[', false);
    for (size_t i = 0; i < keys->num_teks; i++) {
        tg_emit_item(e);
        tg_emit_open(e, '{', false);
        tg_emit_member_number(e, "csb_id", keys->teks[i].csb_id);
        tg_emit_member_number(e, "cs_id", keys->teks[i].cs_id);
        put_hex(e, "tek", keys->teks[i].tek);
        tg_emit_close(e, '{', false);
    }
    tg_emit_close(e, '[', false);
}

void tg_json_add_keys(const tg_known *known, const tg_json_keys *beside, tg_text *out)
{
    static const tg_json_pems none = { 0 };
    tg_emit e = tg_emit_of(out, 0);
    tg_emit_open(&e, '{', false);
    if (known) {
        put_known(&e, known, &none);
        put_subscribers(&e, known->subscribers);
    }
    put_participants(&e, beside);
    put_teks(&e, beside);
    tg_emit_close(&e, '{', false);
}
