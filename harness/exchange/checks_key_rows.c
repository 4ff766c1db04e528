/* Rows on single keys that the rules judge where keys are not encrypted, of keys that were: RFC 6043 6.2.1 and 6.10, TS
 * 33.328 F.3. One finding a message and row. */
#include "case.h"

static void say_once(tg_case *k, const char *id, tg_at at, const char *text)
{
    if (!tg_is_said(k, id))
        tg_say(k, id, at, "%s", text);
}

/* spi_required: whether MPKs, which nothing looks up, need an SPI too (A19). */
static bool lacks_spi(const tg_case *k, const tg_payload *payloads)
{
    bool all = k->settings->spi_required == TG_SPI_REQUIRED_ALL;
    for (const tg_payload *p = payloads; p; p = p->next) {
        const tg_key_data *key = (const tg_key_data *)p;
        if (p->type == TG_PAYLOAD_KEY_DATA && (all || key->type != TG_KEY_MPK) &&
            (key->kv_data.kv != TG_KV_SPI || key->kv_data.spi.len == 0))
            return true;
    }
    return false;
}

static bool has_tgk(const tg_key_set *keys)
{
    for (size_t i = 0; i < keys->num_session; i++) {
        if (tg_is_tgk_type(keys->session[i].type))
            return true;
    }
    return false;
}

static void check_tgks(tg_case *k, const tg_key_set *keys, tg_at at)
{
    if (!has_tgk(keys))
        return;
    if (tg_has_flag(k->ticket, 'I') && !tg_has_flag(k->ticket, 'F'))
        say_once(k, "RFC6043-6.10-01", at, "expected F=1 because I=1 and a TGK is in the ticket, found F=0");
    say_once(k, tg_row(k->known->profile.no_tgk), at, "expected no TGK in the ticket, found one");
}

void tg_check_key_rows(tg_case *k)
{
    const tg_opened_ticket *opened = k->opened;
    bool from_kms = k->data_type == TG_DATA_TYPE_REQUEST_RESP || k->data_type == TG_DATA_TYPE_RESOLVE_RESP;
    bool has_keys =
        from_kms || k->data_type == TG_DATA_TYPE_TRANSFER_INIT || k->data_type == TG_DATA_TYPE_TRANSFER_RESP;
    if (has_keys && k->judgement->auth == TG_OUTCOME_OK && k->judgement->kemac == TG_OUTCOME_OK) {
        tg_at at = tg_at_field(k->parts->kemac, "encr_data");
        if (lacks_spi(k, k->judgement->keys))
            say_once(k, "RFC6043-6.2.1-02", at, "expected an SPI for each key, found a key without");
        if (from_kms)
            check_tgks(k, &k->keys, at);
    }
    if (opened && opened->outcome == TG_OUTCOME_OK && opened->kemac == TG_OUTCOME_OK) {
        tg_at at = tg_at_field(k->parts->ticket, "ticket_data");
        if (lacks_spi(k, opened->key_payloads))
            say_once(k, "RFC6043-6.2.1-02", at, "expected an SPI for each key in the ticket, found a key without");
        check_tgks(k, &opened->keys, at);
    }
}
