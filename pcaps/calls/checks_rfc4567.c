/* Rows of RFC 4567: key-mgmt in offers and answers. */
#include <stdlib.h>

#include "checks.h"

static uint64_t thing_of(const tgpc_step *step, int m_line, tg_bytes what)
{
    return tgpc_thing(step->part, m_line, tgpc_hash(what));
}

/* ---- one attribute ------------------------------------------------------------------------------------------------ */

static bool is_token(tg_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool fits = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    (c && strchr("-.!%*_+`'~#$&^{|}", c));
        if (!fits)
            return false;
    }
    return text.len != 0;
}

/* Base64 (RFC 4648 4) of a message that parses. */
static bool holds_message(tg_bytes data)
{
    size_t len = 0, at;
    if (!data.len || data.len > TG_SDP_MAX_LINE)
        return false;
    uint8_t *octets = malloc(tg_base64_decoded_max(data.len));
    bool parses = false;
    if (octets && tg_base64_decode((const char *)data.data, data.len, octets, &len, &at) == TG_OK && len) {
        size_t size = tg_message_arena_size(len);
        void *memory = malloc(size);
        tg_arena arena = tg_arena_of(memory, memory ? size : 0);
        tg_message *message;
        parses = memory && tg_message_parse(tg_bytes_of(octets, len), &arena, &message, NULL) == TG_OK;
        free(memory);
    }
    free(octets);
    return parses;
}

static void check_form(const tgpc_attribute *attribute)
{
    const tgpc_step *step = attribute->step;
    tg_bytes protocol = attribute->protocol;
    bool one_space = protocol.data == attribute->value.data &&
                     attribute->data.data == protocol.data + protocol.len + 1 && protocol.data[protocol.len] == ' ';
    if (attribute->data.data && is_token(protocol) && one_space)
        return;
    const char *row = step->part == TGP_PART_OFFER    ? "RFC4567-4.1.1-02"
                      : step->part == TGP_PART_ANSWER ? "RFC4567-4.1.1-11"
                                                      : NULL;
    if (row)
        tgpc_tell(step->call, row, tgpc_whose_of(step), &attribute->key->place,
                  thing_of(step, attribute->key->m_line, attribute->value),
                  "expected a prtcl-id, one space and data; found %s",
                  !is_token(protocol)     ? "no token as prtcl-id"
                  : !attribute->data.data ? "no data"
                                          : "something else between them");
}

/* Hashed where something is told, which is seldom. */
#define THING thing_of(step, key->m_line, attribute->value)

void tgpc_check_attribute(const tgpc_attribute *attribute)
{
    const tgpc_step *step = attribute->step;
    const tgpc_key *key = attribute->key;
    bool any_case = key->mikey || tgpc_is_token(attribute->protocol, "mikey");
    size_t wrong_at = attribute->wrong_at;
    check_form(attribute);
    if (any_case && !(key->mikey ? attribute->is_base64 : tgpc_is_base64(attribute->data, &wrong_at)))
        tgpc_tell(step->call, "RFC4567-3-01", tgpc_whose_of(step), &key->place, THING,
                  "expected base64; found %s at character %zu", attribute->data.len ? "something else" : "nothing",
                  wrong_at);
    if (!key->mikey && (any_case || holds_message(attribute->data)))
        tgpc_tell(step->call, "RFC4567-7-01", tgpc_whose_of(step), &key->place, THING,
                  "expected the prtcl-id \"mikey\"; found \"%.*s\"%s",
                  (int)(attribute->protocol.len < 40 ? attribute->protocol.len : 40),
                  (const char *)attribute->protocol.data, any_case ? "" : " with a MIKEY message");
    if (!key->mikey)
        return;
    const tgpc_m *m = key->m_line < 0 ? NULL : tgpc_m_of(attribute->description, (unsigned)key->m_line);
    if (m && m->bfcp && !m->secured)
        tgpc_tell(step->call, "TS33328-G.3.2-04", tgpc_whose_of(step), &key->place, THING,
                  "expected the transport TCP/TLS/BFCP; found %s", m->proto);
    else if (!key->covered && step->part == TGP_PART_OFFER)
        tgpc_tell(step->call, "RFC4567-4.1.2-15", tgpc_whose_of(step), &key->place, THING,
                  "no m-line here takes its keys from this attribute");
    if (key->data_type == TG_DATA_TYPE_TRANSFER_INIT && step->part == TGP_PART_ANSWER)
        tgpc_tell(step->call, "RFC4567-4.1.2-16", tgpc_whose_of(step), &key->place, THING,
                  "a TRANSFER_INIT in an answer");
}
#undef THING

/* ---- over several messages ------------------------------------------------------------------------------------------ */

/* The first attribute that stands for the m-line, of its own, else of the session, where none of them is mikey; NULL: none, or one is. */
static const tgpc_key *other_protocol_of(const tgpc_description *description, size_t m_line)
{
    const tgpc_key *first = NULL;
    for (size_t i = 0; i < description->num_keys; i++) {
        const tgpc_key *key = description->keys[i];
        if (key->m_line != (description->m[m_line].own_key_mgmt ? (int)m_line : -1))
            continue;
        if (key->mikey)
            return NULL;
        first = first ? first : key;
    }
    return first;
}

void tgpc_check_refusal(const tgpc_step *step, const tgpc_key *key)
{
    const tgpc_transaction *t = step->transaction;
    if (!t || (!t->described && !t->offer) || key->data_type != TG_DATA_TYPE_ERROR || step->head->status == 488)
        return;
    tgpc_place place = tgpc_place_of_view(step->unit, step->head->start_line);
    tgpc_tell(step->call, "RFC4567-4.1.2-07", tgpc_whose_of(step), &place,
              tgpc_thing(TGP_PART_NONE, -1, step->head->status), "expected 488 with the MIKEY Error; found %u",
              step->head->status);
}

/* ---- offers and their answers, when it is known what is thought of the messages ---------------------------------------- */

static uint64_t accepted_m_lines(const tgpc_description *answer)
{
    uint64_t out = 0;
    for (size_t i = 0; answer && i < answer->num_m && i < 64; i++)
        if (answer->m[i].port)
            out |= (uint64_t)1 << i;
    return out;
}

static const tgpc_key *key_of_type(const tgpc_description *description, uint8_t data_type)
{
    for (size_t i = 0; description && i < description->num_keys; i++)
        if (description->keys[i]->mikey && description->keys[i]->data_type == data_type)
            return description->keys[i];
    return NULL;
}

static bool has_key_at(const tgpc_description *description, int m_line)
{
    for (size_t i = 0; description && i < description->num_keys; i++)
        if (description->keys[i]->mikey && description->keys[i]->m_line == m_line)
            return true;
    return false;
}

/* ---- another protocol than before (4.1.2) ------------------------------------------------------------------------------- */

#define MAX_SENDERS 64 /* whose offers are followed; those of others count as closed early */

typedef struct history { /* which m-lines of a sender mikey was agreed on for */
    uint64_t tag, mikey;
} history;

static history *history_of(tgp_calls *calls, history all[MAX_SENDERS], uint64_t tag)
{
    unsigned i = 0;
    while (i < MAX_SENDERS && all[i].tag && all[i].tag != tag)
        i++;
    if (i == MAX_SENDERS)
        tgpc_overlook(calls);
    else
        all[i].tag = tag;
    return i < MAX_SENDERS ? &all[i] : NULL;
}

static bool is_agreed_with_mikey(const tgpc_offer *offer)
{
    for (const tgpc_answer *answer = offer->answers; answer; answer = answer->next)
        for (size_t i = 0; answer->description && tgpc_is_accepted(offer, answer) && i < answer->description->num_keys;
             i++)
            if (answer->description->keys[i]->mikey)
                return true;
    return false;
}

static void follow_offer(tgp_call *call, const tgpc_offer *offer, history *own)
{
    const tgpc_description *d = offer->description;
    bool agreed = is_agreed_with_mikey(offer);
    for (size_t i = 0; i < d->num_m && i < 64; i++) {
        const tgpc_key *first = other_protocol_of(d, i);
        uint64_t bit = (uint64_t)1 << i;
        if (d->m[i].key && agreed)
            own->mikey |= bit;
        else if (first && (own->mikey & bit))
            tgpc_tell(call, "RFC4567-4.1.2-18", offer->whose, &first->place, tgpc_thing(TGP_PART_OFFER, (int)i, 0),
                      "m-line %zu had the protocol mikey in an earlier offer, and has another one now", i + 1);
    }
}

void tgpc_check_history_closing(tgp_call *call)
{
    history all[MAX_SENDERS] = { { 0, 0 } };
    for (const tgpc_offer *offer = call->offers; offer; offer = offer->next) {
        history *own =
            offer->description && offer->description->num_keys ? history_of(call->calls, all, offer->tag) : NULL;
        if (own)
            follow_offer(call, offer, own);
    }
}

/* ---- what an answer is about ------------------------------------------------------------------------------------------- */

/* RFC 4567 4.1.2: of several protocols the answer has one, and it is not mikey: that was processed, and nothing else. */
bool tgpc_selects_another(const tgpc_offer *offer, const tgpc_answer *answer)
{
    const tgpc_description *a = answer->description;
    if (!a || !a->num_keys || !offer->description || offer->description->num_protocols < 2)
        return false;
    for (size_t i = 0; i < a->num_keys; i++)
        if (a->keys[i]->mikey)
            return false;
    return true;
}

/* The key management stays as it is: the same message, no replay of it, was accepted before in another request. */
bool tgpc_was_accepted_before(const tgp_call *call, const tgpc_offer *offer, const tgpc_key *key)
{
    for (const tgpc_offer *o = call->offers; o && o != offer; o = o->next) {
        bool same_request =
            o->transaction->cseq == offer->transaction->cseq && o->transaction->method == offer->transaction->method &&
            o->transaction->to_tag == offer->transaction->to_tag && !o->in_response && !offer->in_response;
        if ((o->tag == offer->tag && same_request) || !o->description)
            continue;
        for (size_t i = 0; i < o->description->num_keys; i++) {
            const tgpc_key *before = o->description->keys[i];
            bool same_message = before->mikey && before->judged.known && before->judged.message == key->judged.message;
            for (const tgpc_answer *a = same_message ? o->answers : NULL; a; a = a->next)
                if (tgpc_is_accepted(o, a) && a->first.frame < offer->frame)
                    return true;
        }
    }
    return false;
}

static size_t num_mikey(const tgpc_description *description)
{
    size_t num = 0;
    for (size_t i = 0; i < description->num_keys; i++)
        num += description->keys[i]->mikey;
    return num;
}

static bool is_rejected(const tgpc_key *key)
{
    return key->judged.known && (key->judged.rejected || !key->judged.parses);
}

static void check_accepted_in_vain(tgp_call *call, const tgpc_offer *offer, const tgpc_answer *answer)
{
    uint64_t accepted = accepted_m_lines(answer->description);
    bool several = num_mikey(offer->description) > 1;
    if (key_of_type(answer->description, TG_DATA_TYPE_ERROR))
        return;
    for (size_t i = 0; i < offer->description->num_keys; i++) {
        const tgpc_key *key = offer->description->keys[i];
        if (!key->mikey || !is_rejected(key) || !(several ? accepted : key->covered & accepted))
            continue;
        tgpc_tell(call, several ? "RFC4567-4.1.2-11" : "RFC4567-4.1.1-08", answer->whose_ok, &answer->ok,
                  tgpc_thing(TGP_PART_ANSWER, -1, offer->frame == 0),
                  "the offer's MIKEY message %sis rejected, and its media are accepted",
                  several ? "in one of its attributes " : "");
        return;
    }
}

static void check_each_answered(tgp_call *call, const tgpc_offer *offer, const tgpc_answer *answer)
{
    const tgpc_description *o = offer->description;
    uint64_t accepted = accepted_m_lines(answer->description);
    size_t wanted = 0, answered = 0;
    bool missing = false;
    for (size_t i = 0; i < o->num_keys; i++) {
        const tgpc_key *key = o->keys[i];
        if (!key->mikey || !key->judged.known || !key->judged.wants_answer ||
            tgpc_was_accepted_before(call, offer, key))
            continue;
        wanted++;
        if (has_key_at(answer->description, key->m_line))
            answered++;
        else if (key->covered & accepted)
            missing = true;
    }
    if (wanted > 1 && answered && missing)
        tgpc_tell(call, "RFC4567-4.1.2-10", answer->whose, &answer->first, tgpc_thing(TGP_PART_ANSWER, -1, 1),
                  "%zu MIKEY messages of the offer want an answer, %zu of them got one", wanted, answered);
}

/* ---- the list of protocols (4.1.4) ------------------------------------------------------------------------------------- */

static bool is_separator(uint8_t c)
{
    return c == ';' || c == ',' || c == ' ' || c == '\t';
}

/* The next piece of the list; false at its end. */
static bool next_piece(tg_bytes *list, tg_bytes *piece)
{
    size_t at = 0, end;
    while (at < list->len && is_separator(list->data[at]))
        at++;
    for (end = at; end < list->len && !is_separator(list->data[end]);)
        end++;
    *piece = tg_bytes_of(list->data + at, end - at);
    *list = tg_bytes_of(list->data + end, list->len - end);
    return piece->len != 0;
}

static bool names_the_same(tg_bytes a, tg_bytes b)
{
    tg_bytes x, y;
    for (;;) {
        bool more = next_piece(&a, &x);
        if (more != next_piece(&b, &y))
            return false;
        if (!more)
            return true;
        if (!tg_bytes_equal(x, y))
            return false;
    }
}

/* True: the extension is not the list of the offer, written as it should be. */
static bool has_wrong_list(const tgpc_description *offer, const tgpc_key *key)
{
    return key->judged.known && key->judged.parses && key->judged.has_sdp_ids &&
           !tg_bytes_equal(key->judged.sdp_ids, offer->protocols);
}

static void check_list(tgp_call *call, const tgpc_offer *offer, const tgpc_key *key)
{
    const tgpc_description *o = offer->description;
    uint64_t thing = tgpc_thing(TGP_PART_OFFER, key->m_line, key->csb_id);
    if (!key->judged.known || !key->judged.parses || key->data_type != TG_DATA_TYPE_TRANSFER_INIT)
        return;
    if (has_wrong_list(o, key)) {
        bool order = !names_the_same(key->judged.sdp_ids, o->protocols);
        tgpc_tell(call, order ? "RFC4567-4.1.4-06" : "RFC4567-4.1.4-05", offer->whose, &key->place, thing,
                  order ? "expected \"%.*s\" in the extension SDP IDs; found another list"
                        : "expected \"%.*s\" in the extension SDP IDs; found other separators",
                  (int)(o->protocols.len < 100 ? o->protocols.len : 100), (const char *)o->protocols.data);
    }
    if (!key->judged.has_sdp_ids && key->judged.has_ticket &&
        call->calls->profile->settings.sdp_ids == TG_SDP_IDS_REQUIRED)
        tgpc_tell(call, o->num_protocols > 1 ? "RFC4567-4.1.4-01" : "RFC4567-4.1.4-04", offer->whose, &key->place,
                  thing, "no General Extension with the list of the protocols offered");
}

static void check_list_taken(tgp_call *call, const tgpc_offer *offer, const tgpc_answer *answer)
{
    if (!key_of_type(answer->description, TG_DATA_TYPE_TRANSFER_RESP))
        return;
    for (size_t i = 0; i < offer->description->num_keys; i++)
        if (has_wrong_list(offer->description, offer->description->keys[i])) {
            tgpc_tell(call, "RFC4567-7-02", answer->whose, &answer->first, tgpc_thing(TGP_PART_ANSWER, -1, 2),
                      "the offer is accepted, and its list of protocols is not the one that its message has");
            return;
        }
}

/* ---- media in spite of a failure ------------------------------------------------------------------------------------- */

static void check_media_anyway(tgp_call *call, const tgpc_answer *answer)
{
    const tgpc_description *a = answer->description;
    if (answer->early.frame && key_of_type(a, TG_DATA_TYPE_ERROR))
        tgpc_tell(call, "RFC4567-4.1.1-17", answer->whose, &answer->early, tgpc_thing(TGP_PART_ANSWER, -1, 3),
                  "media, though the answer holds a MIKEY Error and no other offer was made");
    for (size_t i = 0; answer->late.frame && i < a->num_keys; i++)
        if (a->keys[i]->mikey && is_rejected(a->keys[i])) {
            tgpc_tell(call, "RFC4567-4.1.1-20", answer->whose, &answer->late, tgpc_thing(TGP_PART_ANSWER, -1, 4),
                      "media of the offerer, though the message in the answer is rejected");
            return;
        }
}

void tgpc_check_offer_closing(tgp_call *call, const tgpc_offer *offer)
{
    for (size_t i = 0; i < offer->description->num_keys; i++)
        if (offer->description->keys[i]->mikey)
            check_list(call, offer, offer->description->keys[i]);
    for (const tgpc_answer *answer = offer->answers; answer; answer = answer->next) {
        if (!answer->description || !tgpc_is_accepted(offer, answer))
            continue;
        if (!tgpc_selects_another(offer, answer)) {
            check_accepted_in_vain(call, offer, answer);
            check_each_answered(call, offer, answer);
        }
        check_list_taken(call, offer, answer);
        check_media_anyway(call, answer);
    }
}
