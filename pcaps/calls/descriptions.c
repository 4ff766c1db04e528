/* Session descriptions: which are read, and what is kept of them. */
#include <arpa/inet.h>

#include "checks.h"
#include "registrations.h"

/* ---- a quick look ------------------------------------------------------------------------------------------------- */

static bool has_word(const uint8_t *at, size_t len, const char *word, size_t word_len)
{
    for (; len >= word_len; at++, len--)
        if (*at == (uint8_t)word[0] && memcmp(at, word, word_len) == 0)
            return true;
    return false;
}

static bool is_telling_attribute(const tgp_calls *calls, const uint8_t *name, size_t len)
{
    static const char key_mgmt[] = "key-mgmt", fingerprint[] = "fingerprint", crypto[] = "crypto:";
#define BEGINS(word) (len >= sizeof word - 1 && memcmp(name, word, sizeof word - 1) == 0)
    if (BEGINS(key_mgmt) || BEGINS(fingerprint) || BEGINS(crypto))
        return true;
#undef BEGINS
    const char *indication = calls->indications.attribute;
    size_t indication_len = indication ? strlen(indication) : 0;
    return indication_len && len > indication_len && name[indication_len] == ':' &&
           memcmp(name, indication, indication_len) == 0;
}

bool tgpc_scan(const tgp_calls *calls, tg_bytes sdp)
{
    const uint8_t *at = sdp.data, *end = sdp.data + sdp.len;
    while (at < end) {
        const uint8_t *line_end = memchr(at, '\n', (size_t)(end - at));
        if (!line_end)
            line_end = end;
        size_t len = (size_t)(line_end - at);
        if (len > 2 && at[1] == '=') {
            if (at[0] == 'a' && is_telling_attribute(calls, at + 2, len - 2))
                return true;
            if (at[0] == 'm' &&
                (has_word(at, len, "/TLS/", 5) || has_word(at, len, "/MSRP", 5) || has_word(at, len, "/BFCP", 5)))
                return true;
        }
        at = line_end + 1;
    }
    return false;
}

/* ---- m-lines ------------------------------------------------------------------------------------------------------- */

#define MSRP_PORT 2855 /* RFC 4975 6 */

static bool read_address(tg_bytes text, tgp_address *out)
{
    char word[64];
    if (text.len == 0 || text.len >= sizeof word)
        return false;
    memcpy(word, text.data, text.len);
    word[text.len] = '\0';
    memset(out, 0, sizeof *out);
    out->version = 4;
    if (inet_pton(AF_INET, word, out->octets) == 1)
        return true;
    out->version = 6;
    return inet_pton(AF_INET6, word, out->octets) == 1;
}

/* The authority of the first URI of a=path (RFC 4975 6.1, 8.2): where who sends connects to. False: it is no address. */
static bool end_of_path(tg_bytes path, tgp_endpoint *out)
{
    size_t at = 0, end;
    while (at + 2 < path.len && memcmp(path.data + at, "://", 3) != 0)
        at++;
    at += 3;
    if (at >= path.len)
        return false;
    for (end = at; end < path.len && path.data[end] != '/' && path.data[end] != ';' && path.data[end] != ' '; end++)
        if (path.data[end] == '@')
            at = end + 1;
    tg_bytes host;
    size_t host_end = at;
    if (at < end && path.data[at] == '[') {
        while (host_end < end && path.data[host_end] != ']')
            host_end++;
        host = tg_bytes_of(path.data + at + 1, host_end > at ? host_end - at - 1 : 0);
        host_end++;
    } else {
        while (host_end < end && path.data[host_end] != ':')
            host_end++;
        host = tg_bytes_of(path.data + at, host_end - at);
    }
    if (!read_address(host, &out->address))
        return false;
    uint32_t port = 0;
    if (host_end < end && path.data[host_end] == ':')
        for (size_t i = host_end + 1; i < end && path.data[i] >= '0' && path.data[i] <= '9' && port < 65536; i++)
            port = port * 10 + (uint32_t)(path.data[i] - '0');
    out->port = (uint16_t)(port ? port : MSRP_PORT);
    return port < 65536;
}

/* RFC 6714 5: with it c= and m= say where the connection is, whatever stands in the path. */
static bool is_cema(const tg_sdp *sdp, const tg_sdp_media *media)
{
    for (size_t i = media->first_attribute; i < media->first_attribute + media->num_attributes; i++)
        if (tgpc_is(sdp->attributes[i].name, "msrp-cema"))
            return true;
    return false;
}

static void read_end(const tg_sdp *sdp, const tg_sdp_media *media, tgpc_m *m)
{
    if (m->msrp && media->path.data && !is_cema(sdp, media) && end_of_path(media->path, &m->end)) {
        m->has_end = media->port != 0;
        return;
    }
    if (media->port == 0 || media->port > 65535 || !media->address.numeric)
        return;
    m->end.address.version = media->address.version;
    memcpy(m->end.address.octets, media->address.octets, sizeof m->end.address.octets);
    m->end.port = (uint16_t)media->port;
    m->has_end = true;
}

static bool ends_with(tg_bytes text, const char *ending)
{
    size_t len = strlen(ending);
    return text.len > len && memcmp(text.data + text.len - len, ending, len) == 0;
}

static void read_indication(const tgp_calls *calls, const tg_sdp *sdp, const tg_sdp_media *media, tgpc_m *m)
{
    const tg_indications *names = &calls->indications;
    size_t len = names->attribute ? strlen(names->attribute) : 0;
    if (!len)
        return;
    for (size_t i = media->first_attribute; i < media->first_attribute + media->num_attributes; i++) {
        const tg_sdp_attribute *attribute = &sdp->attributes[i];
        if (attribute->name.len != len || memcmp(attribute->name.data, names->attribute, len) != 0)
            continue;
        m->requested = m->requested || (names->requested && tgpc_is(attribute->value, names->requested));
        m->applied = m->applied || (names->applied && tgpc_is(attribute->value, names->applied));
    }
}

static void read_fingerprints(tgp_call *call, const tg_sdp *sdp, size_t m_line, tgpc_m *m)
{
    size_t num = 0;
    while (tg_sdp_fingerprint_of(sdp, m_line, num))
        num++;
    tg_sdp_fingerprint *all = num ? tgpc_alloc(call, num * sizeof *all) : NULL;
    if (!all)
        return;
    for (size_t i = 0; i < num; i++) {
        all[i] = *tg_sdp_fingerprint_of(sdp, m_line, i);
        all[i].function = tgpc_copy(call, all[i].function);
        all[i].octets = tgpc_copy(call, all[i].octets);
    }
    m->fingerprints = all;
    m->num_fingerprints = num;
}

static void read_m_line(tgpc_step *step, const tg_sdp *sdp, size_t m_line, bool in_unit, tgpc_m *m)
{
    const tg_sdp_media *media = &sdp->media[m_line];
    m->place.frame = step->unit->frame;
    if (in_unit)
        m->place = tgpc_place_of_view(step->unit, tg_bytes_of(sdp->text.data + media->offset, media->len));
    else if (step->raw.data)
        m->place = tgpc_place_of_view(step->unit, step->raw);
    m->media = tgpc_text(step->call, media->media, sizeof((tgp_media *)0)->media - 1);
    m->proto = tgpc_text(step->call, media->proto, sizeof((tgp_media *)0)->proto - 1);
    m->port = media->port;
    m->secured = media->protection == TG_SDP_KEYED_TLS;
    m->rtp = media->protection == TG_SDP_KEYED_RTP;
    m->msrp = ends_with(media->proto, "/MSRP");
    m->bfcp = ends_with(media->proto, "/BFCP");
    read_end(sdp, media, m);
    read_indication(step->calls, sdp, media, m);
    if (sdp->num_fingerprints)
        read_fingerprints(step->call, sdp, m_line, m);
    if (m->requested || m->applied || m->num_fingerprints)
        step->calls->has_subject = true;
}

/* ---- attributes of key management ------------------------------------------------------------------------------------ */

tgpc_key *tgpc_new_key(tgp_call *call)
{
    if (call->num_keys == TGPC_MAX_KEYS)
        return NULL;
    if (call->num_keys == call->room_keys) {
        size_t room = call->room_keys ? call->room_keys * 4 : 4;
        tgpc_key **keys = tgpc_alloc(call, room * sizeof *keys);
        if (!keys)
            return NULL;
        if (call->num_keys)
            memcpy(keys, call->keys, call->num_keys * sizeof *keys);
        call->keys = keys;
        call->room_keys = room;
    }
    tgpc_key *key = tgpc_alloc(call, sizeof *key);
    if (!key)
        return NULL;
    key->data_type = 0xff;
    call->keys[call->num_keys++] = key;
    key->number = (call->number + 1) << 12 | call->num_keys;
    return key;
}

/* prtcl-id and data, cut at the first white space (RFC 4567 3.1 has one SP; what else stands there is for the checks). */
static void cut_value(tg_bytes value, tg_bytes *protocol, tg_bytes *data)
{
    size_t start = 0, end; /* more blanks in front are passed over, and told */
    while (start < value.len && (value.data[start] == ' ' || value.data[start] == '\t'))
        start++;
    end = start;
    while (end < value.len && value.data[end] != ' ' && value.data[end] != '\t')
        end++;
    *protocol = tg_bytes_of(value.data + start, end - start);
    while (end < value.len && (value.data[end] == ' ' || value.data[end] == '\t'))
        end++;
    *data = end < value.len ? tg_bytes_of(value.data + end, value.len - end) : (tg_bytes){ NULL, 0 };
}

/* What stands behind "a=key-mgmt:", blanks included but for one in front (RFC 4567 3: key-mgmt-attribute = key-mgmt-att-field ":" 0*1SP prtcl-id SP
 * keymgmt-data). */
static tg_bytes value_of_line(const tg_sdp *sdp, const tg_sdp_attribute *attribute)
{
    const uint8_t *line = sdp->text.data + attribute->offset, *colon = memchr(line, ':', attribute->len);
    if (!colon)
        return attribute->value;
    size_t at = (size_t)(colon - line) + 1, len = attribute->len;
    while (len > at && (line[len - 1] == '\r' || line[len - 1] == '\n'))
        len--;
    at += at < len && line[at] == ' ';
    return tg_bytes_of(line + at, len - at);
}

/* Is it the first attribute of this protocol in the text? */
static bool is_new_protocol(const tg_sdp *sdp, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (tg_bytes_equal(sdp->key_mgmt[i].protocol, sdp->key_mgmt[index].protocol))
            return false;
    return true;
}

static void list_protocols(tgp_call *call, const tg_sdp *sdp, tgpc_description *out)
{
    size_t len = 0;
    for (size_t i = 0; i < sdp->num_key_mgmt; i++)
        len += sdp->key_mgmt[i].protocol.len + 1;
    uint8_t *list = tgpc_alloc(call, len + 1);
    if (!list)
        return;
    len = 0;
    for (size_t i = 0; i < sdp->num_key_mgmt; i++) {
        tg_bytes protocol = sdp->key_mgmt[i].protocol;
        if (!protocol.len || !is_new_protocol(sdp, i))
            continue;
        if (len)
            list[len++] = ';';
        memcpy(list + len, protocol.data, protocol.len);
        len += protocol.len;
        out->num_protocols++;
    }
    out->protocols = tg_bytes_of(list, len);
}

static unsigned kind_of(const tgpc_m *m)
{
    return m->rtp ? 1u : !m->secured ? 0u : m->msrp ? 2u : m->bfcp ? 4u : 8u;
}

static void cover(tgpc_description *out, tgpc_key *key, size_t m_line)
{
    tgpc_m *m = &out->m[m_line];
    key->covered |= (uint64_t)1 << m_line;
    if (!m->key)
        m->key = key;
}

static void tell_attribute(tgpc_step *step, const tg_sdp *sdp, const tg_sdp_key *attribute, bool in_unit,
                           tgpc_description *out, tgpc_key *key)
{
    size_t covered[TG_SDP_MAX_M_LINES], num = tg_sdp_covered(sdp, attribute, covered);
    uint8_t places[TG_SDP_MAX_M_LINES];
    tg_m_line kinds[TG_SDP_MAX_M_LINES];
    unsigned covers = 0;
    for (size_t i = 0; i < num; i++) {
        places[i] = (uint8_t)covered[i];
        kinds[i] = out->m[covered[i]].rtp ? TG_M_LINE_RTP : TG_M_LINE_TLS;
        covers |= kind_of(&out->m[covered[i]]);
        if (key->mikey)
            cover(out, key, covered[i]);
    }
    tg_bytes data;
    tgpc_attribute raw = { .step = step,
                           .key = key,
                           .description = out,
                           .value = value_of_line(sdp, &sdp->attributes[attribute->attribute]) };
    cut_value(raw.value, &raw.protocol, &raw.data);
    data = raw.data;
    if (key->mikey) {
        tgpc_letter letter = { .carrier = TGP_CARRIER_SDP,
                               .m_line = attribute->m_line,
                               .in_unit = in_unit,
                               .raw = step->raw,
                               .text = data,
                               .base64 = true,
                               .covered = places,
                               .kinds = kinds,
                               .num_covered = num,
                               .has_m_lines = true,
                               .covers = covers };
        tgpc_tell_letter(step, key, &letter);
        raw.is_base64 = !letter.broken;
        raw.wrong_at = letter.broken_at;
    }
    if (!step->copy)
        tgpc_check_attribute(&raw);
}

static void read_keys(tgpc_step *step, const tg_sdp *sdp, bool in_unit, tgpc_description *out)
{
    out->keys = tgpc_alloc(step->call, sdp->num_key_mgmt * sizeof(tgpc_key *));
    if (!out->keys)
        return;
    list_protocols(step->call, sdp, out);
    for (size_t i = 0; i < sdp->num_key_mgmt; i++) {
        const tg_sdp_key *attribute = &sdp->key_mgmt[i];
        tgpc_key *key = tgpc_new_key(step->call);
        if (!key)
            return;
        const tg_sdp_attribute *line = &sdp->attributes[attribute->attribute];
        key->m_line = attribute->m_line;
        key->mikey = attribute->is_mikey;
        key->place.frame = step->unit->frame;
        if (in_unit)
            key->place = tgpc_place_of_view(step->unit, tg_bytes_of(sdp->text.data + line->offset, line->len));
        else if (step->raw.data)
            key->place = tgpc_place_of_view(step->unit, step->raw);
        if (attribute->m_line >= 0)
            out->m[attribute->m_line].own_key_mgmt = true;
        out->keys[out->num_keys++] = key;
        tell_attribute(step, sdp, attribute, in_unit, out, key);
    }
    /* The session's, where an m-line has one of its own (RFC 4567 3.1 tells receivers to ignore it there). */
    for (size_t k = 0; k < out->num_keys; k++)
        for (size_t i = 0; i < out->num_m && out->keys[k]->m_line < 0 && out->keys[k]->mikey; i++)
            if (out->m[i].own_key_mgmt && !out->m[i].session_key)
                out->m[i].session_key = out->keys[k];
}

/* ---- the description --------------------------------------------------------------------------------------------------- */

tgpc_description *tgpc_describe(tgpc_step *step, tg_bytes text, bool in_unit)
{
    tg_arena arena;
    tg_sdp sdp;
    const char *reason;
    const tg_sdp *ready = step->unit->sdp;
    if (ready && ready->text.data == text.data && ready->text.len == text.len) {
        sdp = *ready;
    } else if (!tgpc_arena(step->calls, tg_sdp_arena_size(text.len), &arena) ||
               tg_sdp_read((const char *)text.data, text.len, &arena, &sdp, &reason) != TG_OK) {
        step->calls->unread++; /* malformed, or beyond a limit */
        return NULL;
    }
    tgpc_description *out = tgpc_alloc(step->call, sizeof *out);
    if (!out)
        return NULL;
    out->m = tgpc_alloc(step->call, sdp.num_media ? sdp.num_media * sizeof *out->m : 1);
    if (!out->m)
        return NULL;
    out->num_m = sdp.num_media;
    for (size_t i = 0; i < sdp.num_media; i++)
        read_m_line(step, &sdp, i, in_unit, &out->m[i]);
    if (sdp.num_key_mgmt)
        read_keys(step, &sdp, in_unit, out);
    if (sdp.num_crypto)
        tgpc_note(step->call, TGP_NOTE_SDES, step->unit->frame, "a=crypto in a description: keys of SDES");
    return out;
}

/* What is known of the offer that this one goes on from. 0: there is none in this call. */
static uint8_t origin_in(const tgp_call *call, const tgpc_offer *offer)
{
    for (const tgpc_offer *o = call->offers; o; o = o->next)
        if (o != offer && !o->in_response && o->transaction->number == offer->transaction->before)
            return o->origin;
    return 0;
}

static uint8_t origin_before(const tgpc_step *step, const tgpc_offer *offer)
{
    const tgp_call *call = step->call;
    uint8_t origin = offer->transaction->before ? origin_in(call, offer) : 0;
    for (unsigned i = 0; i < call->num_linked && offer->transaction->before && !origin; i++) {
        const tgp_call *other = tgpc_call_by_number(step->calls, call->linked[i]);
        origin = other ? origin_in(other, offer) : 0;
    }
    return origin;
}

/* What registrations say of the two, where rows may ask for it. */
static void note_registrations(const tgpc_step *step, tgpc_offer *offer)
{
    bool meant = false;
    for (size_t i = 0; offer->description && i < offer->description->num_m && !meant; i++)
        meant = offer->description->m[i].msrp || offer->description->m[i].bfcp;
    if (!meant || offer->in_response)
        return;
    const tg_sip_header *party = tg_sip_first(step->head, TG_SIP_P_CALLED_PARTY_ID);
    offer->sender = tgpc_registered(step->calls, &step->unit->source, step->head->from);
    offer->origin = origin_before(step, offer);
    if (!offer->origin)
        offer->origin = offer->sender;
    offer->called = tgpc_registered(step->calls, &step->unit->destination, step->head->to);
    if (!offer->called && party)
        offer->called = tgpc_registered(step->calls, &step->unit->destination, party->value);
}

static tgpc_offer *new_offer(tgpc_step *step, const tgpc_description *description)
{
    tgp_call *call = step->call;
    tgpc_offer *offer = tgpc_alloc(call, sizeof *offer);
    if (!offer)
        return NULL;
    bool request = step->head->request;
    *offer = (tgpc_offer){ .transaction = step->transaction,
                           .leg = step->leg,
                           .by_source = step->by_source,
                           .in_response = !request,
                           .frame = step->unit->frame,
                           .tag = request ? step->from_tag : step->to_tag,
                           .description = description,
                           .initial = request && !step->head->to_tag.data,
                           .place = tgpc_place_of_view(step->unit, step->head->start_line) };
    *(call->last_offer ? &call->last_offer->next : &call->offers) = offer;
    call->last_offer = offer;
    step->transaction->kept = true;
    if (request)
        step->transaction->offer = offer;
    return offer;
}

static void enter_offer(tgpc_step *step, const tgpc_description *description)
{
    step->offer = new_offer(step, description);
    if (!step->offer || !description)
        return;
    tgpc_find_hop_before(step); /* its messages may have linked the call to another */
    note_registrations(step, step->offer);
    tgpc_media_offered(step, step->offer);
    tgpc_check_e2ae_offer(step, description);
}

static void enter_answer(tgpc_step *step, const tgpc_description *description)
{
    if (!step->offer) { /* its offer was plain */
        step->offer = new_offer(step, NULL);
        if (!step->offer)
            return;
        step->offer->in_response = false;
        step->offer->by_source = step->transaction->by_source;
        step->offer->frame = step->transaction->frame;
        step->transaction->offer = step->offer;
    }
    tgpc_answer *answer = tgpc_alloc(step->call, sizeof *answer);
    if (!answer)
        return;
    *answer = (tgpc_answer){ .to_tag = step->to_tag,
                             .description = description,
                             .described = true,
                             .first = tgpc_place_of_view(step->unit, step->head->start_line) };
    tgpc_answer **link = &step->offer->answers;
    while (*link)
        link = &(*link)->next;
    *link = answer;
    step->answer = answer;
    if (description && step->offer->description) {
        tgpc_media_answered(step, step->offer, answer);
        tgpc_check_e2ae_answer(step, step->offer, description);
    }
}

/* Answers of several To tags: the request was forked (RFC 3261 16.7). */
static void note_fork(tgpc_step *step)
{
    tgpc_transaction *t = step->transaction;
    if (step->part != TGP_PART_ANSWER || step->head->request)
        return;
    if (!t->first_to_tag)
        t->first_to_tag = step->to_tag;
    else if (t->first_to_tag != step->to_tag)
        tgpc_note(step->call, TGP_NOTE_FORKED, step->unit->frame, "answers of several To tags");
}

void tgpc_take_description(tgpc_step *step, tg_bytes sdp, bool in_unit)
{
    tgpc_place_description(step);
    note_fork(step);
    bool reads = tgpc_scan(step->calls, sdp) || !memchr(sdp.data, '\n', sdp.len) ||
                 (step->part == TGP_PART_ANSWER && !step->copy && step->offer && step->offer->description);
    tgpc_description *description = NULL;
    if (reads) {
        step->call->interesting = true;
        description = tgpc_describe(step, sdp, in_unit);
    }
    if (step->transaction && step->head->request)
        step->transaction->described = step->transaction->described || step->part == TGP_PART_OFFER;
    if (step->copy || step->part == TGP_PART_NONE || !step->call->interesting)
        return;
    if (step->part == TGP_PART_OFFER)
        enter_offer(step, description);
    else
        enter_answer(step, description);
}
