/* The crypto session that protects a message, and its key (annexes F.3, J.1). */
#include "im.h"

/* vectors/SMIME.md section 4: the first with Prot type PSK S/MIME; where there is none, the first. */
static const tg_generic_cs *find_session(const tg_map *map, int prot_type)
{
    if (!map->generic || map->num_cs == 0)
        return NULL;
    for (size_t i = 0; i < map->num_cs; i++) {
        if (map->generic[i].prot_type == prot_type)
            return &map->generic[i];
    }
    return &map->generic[0];
}

static void make_id(const tg_message *transfer_init, uint8_t setting, tgi_session *s)
{
    if (setting == TG_SMIME_KEY_ID_SPI) {
        s->id_len = s->cs->spi.len;
        if (s->id_len > 0)
            memcpy(s->id, s->cs->spi.data, s->id_len); /* its length has one octet */
        return;
    }
    tg_writer w = tg_writer_of(s->id, sizeof s->id);
    tg_put_u32(&w, transfer_init->hdr.csb_id);
    tg_put_u8(&w, s->cs->cs_id);
    s->id_len = w.len;
}

void tgi_session_of(const tg_message *transfer_init, const tg_profile *prots, const tg_settings *settings,
                    tgi_session *out)
{
    int prot_type = prots->prot_types[TG_PROT_KIND_PSK_SMIME];
    *out = (tgi_session){ .cs = find_session(&transfer_init->hdr.map, prot_type), .prot_known = prot_type >= 0 };
    if (!out->cs)
        return;
    out->is_smime = out->prot_known && out->cs->prot_type == prot_type;
    make_id(transfer_init, settings->smime_key_id, out);
}

tg_bytes tgi_tek_of(const tg_session_key *keys, size_t num, uint8_t cs_id)
{
    for (size_t i = 0; i < num; i++) {
        if (keys[i].cs_id == cs_id)
            return keys[i].tek;
    }
    return (tg_bytes){ 0 };
}

bool tgi_is_gtgk(const tg_known_key *key)
{
    return key->type == TG_KEY_GTGK || key->type == TG_KEY_GTGK_SALT;
}

static const tg_known_key *find_key(const tg_known_key *keys, tg_bytes spi)
{
    while (keys && (spi.len == 0 || !tg_bytes_equal(keys->spi, spi)))
        keys = keys->next;
    return keys;
}

tg_status tgi_session_established(const tg_established *keys, const tg_profile *profile, tgi_session *out,
                                  tg_im_note *note)
{
    if (!keys->transfer_init || !tgi_ticket_of(keys->transfer_init))
        return tgi_refuse(note, TG_IM_NO_KEYS);
    tgi_session_of(keys->transfer_init, profile, &profile->settings, out);
    if (!out->is_smime)
        return tgi_refuse(note, TG_IM_PROT_TYPE);
    out->tek = tgi_tek_of(keys->cs, keys->num_cs, out->cs->cs_id);
    out->key = find_key(keys->sent_keys, out->cs->spi);
    if (!out->key)
        out->key = find_key(keys->ticket_keys, out->cs->spi);
    if (out->tek.len == 0 || !out->key)
        return tgi_refuse(note, TG_IM_NO_KEYS);
    return tgi_is_gtgk(out->key) ? TG_OK : tgi_refuse(note, TG_IM_NOT_GTGK);
}
