/* Attributes of key management of a session description (RFC 4567 3): which m-lines each covers, what is kept, what is told. */
#include "checks.h"

tgpc_key *tgpc_new_key(tgp_call *call)
{
    if (call->num_keys == TGPC_MAX_KEYS) {
        call->full = true;
        return NULL;
    }
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

void tgpc_read_keys(tgpc_step *step, const tg_sdp *sdp, bool in_unit, tgpc_description *out)
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
