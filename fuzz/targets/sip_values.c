/* sip_values: a SIP message or a session description, cut and read by what looks at very many of them: tg_sip_cut, the readers of values,
 * tg_sdp_read.
 *
 * Oracles: every view lies in what was given, or is empty; what is refused has a status that the header allows, and a reason; the same
 * twice, in memory with different old contents; the promised memory is enough; numbers are within the limits. Where tg_sip_sdp_body (by
 * libosip2) accepts a message too, the body is the same; where tg_sdp_key_mgmt accepts a description too, attributes, places and covered
 * m-lines are the same.
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

static void check_view(tg_bytes view, tg_bytes whole, const char *what)
{
    if (!view.data) {
        FUZZ_CHECK(view.len == 0, "views_inside", "%s: %zu octets nowhere", what, view.len);
        return;
    }
    FUZZ_CHECK(view.data >= whole.data && view.len <= whole.len &&
                   (size_t)(view.data - whole.data) <= whole.len - view.len,
               "views_inside", "%s: %zu octets elsewhere", what, view.len);
}

static bool check_status(tg_status status, const char *const *reason, const char *what)
{
    bool known = status == TG_OK || status == TG_BAD_SIP || status == TG_BAD_SDP || status == TG_TOO_LARGE ||
                 status == TG_TRUNCATED || status == TG_NOT_FOUND;
    FUZZ_CHECK(known, "refused", "%s: %s", what, tg_status_name(status));
    FUZZ_CHECK(status == TG_OK || (*reason && (*reason)[0]), "refused", "%s: %s without a reason", what,
               tg_status_name(status));
    return status == TG_OK;
}

/* ---- values ------------------------------------------------------------------------------------------------- */

static void read_uri(tg_bytes value)
{
    tg_sip_uri uri;
    const char *reason = NULL;
    if (!check_status(tg_sip_uri_read(value, &uri, &reason), &reason, "URI"))
        return;
    const tg_bytes views[] = { uri.scheme, uri.user, uri.host, uri.parameters };
    for (size_t i = 0; i < 4; i++)
        check_view(views[i], value, "URI");
    bool has_identity =
        uri.identity[0] || (uri.user.len == 0 && uri.host.len == 0); /* of a scheme that nobody knows: "a:" */
    FUZZ_CHECK(memchr(uri.identity, '\0', sizeof uri.identity) && has_identity && uri.port <= 65535, "values",
               "identity %s, port %u", uri.identity, (unsigned)uri.port);
}

static void read_address(tg_bytes value)
{
    tg_sip_address address;
    const char *reason = NULL;
    if (!check_status(tg_sip_address_read(value, &address, &reason), &reason, "address"))
        return;
    check_view(address.uri, value, "URI of an address");
    check_view(address.parameters, value, "parameters");
    check_view(address.tag, value, "tag");
    read_uri(address.uri);
}

static void read_others(tg_bytes value)
{
    tg_sip_via via;
    tg_sip_event event;
    tg_sip_type type;
    tg_bytes method, found;
    uint32_t number;
    const char *reason = NULL;
    if (check_status(tg_sip_via_read(value, &via, &reason), &reason, "Via")) {
        check_view(via.transport, value, "transport");
        check_view(via.host, value, "host");
        check_view(via.branch, value, "branch");
        FUZZ_CHECK(via.port <= 65535, "values", "port %u", (unsigned)via.port);
    }
    reason = NULL;
    if (check_status(tg_sip_cseq_read(value, &number, &method, &reason), &reason, "CSeq"))
        check_view(method, value, "method");
    reason = NULL;
    if (check_status(tg_sip_event_read(value, &event, &reason), &reason, "Event")) {
        check_view(event.package, value, "package");
        check_view(event.id, value, "id");
    }
    reason = NULL;
    if (check_status(tg_sip_type_read(value, &type, &reason), &reason, "Content-Type")) {
        check_view(type.type, value, "type");
        check_view(type.subtype, value, "subtype");
        check_view(type.parameters, value, "parameters");
        if (tg_sip_parameter(type.parameters, "boundary", &found))
            check_view(found, value, "boundary");
        (void)tg_sip_type_is(&type, "application/sdp");
    }
}

static void read_values(tg_bytes value)
{
    tg_bytes list = value, one;
    size_t num = 0;
    read_others(value);
    while (tg_sip_next_value(&list, &one)) {
        check_view(one, value, "a value of a list");
        check_view(list, value, "the rest of a list");
        FUZZ_CHECK(++num <= value.len + 1, "values", "%zu values in %zu octets", num, value.len);
        read_address(one);
        read_others(one);
    }
}

/* ---- the message -------------------------------------------------------------------------------------------- */

static void check_head(const tg_sip_head *h, tg_bytes text)
{
    const tg_bytes views[] = { h->octets, h->start_line, h->method,       h->request_uri, h->reason_phrase,
                               h->body,   h->call_id,    h->from,         h->to,          h->from_tag,
                               h->to_tag, h->branch,     h->content_type, h->cseq_method };
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        check_view(views[i], text, "head");
    FUZZ_CHECK(h->num_headers <= TG_SIP_MAX_HEADERS, "limits", "%zu headers", h->num_headers);
    for (size_t i = 0; i < h->num_headers; i++) {
        check_view(h->headers[i].name, h->octets, "name");
        check_view(h->headers[i].value, h->octets, "value");
        FUZZ_CHECK(h->headers[i].field < TG_SIP_NUM_FIELDS, "values", "field %d", (int)h->headers[i].field);
    }
    for (size_t f = 0; f < TG_SIP_NUM_FIELDS; f++) {
        const tg_sip_header *at = tg_sip_first(h, (tg_sip_field)f);
        for (size_t n = 0; at && n <= TG_SIP_MAX_HEADERS; at = tg_sip_next(h, at), n++)
            FUZZ_CHECK(at->field == (tg_sip_field)f && n < TG_SIP_MAX_HEADERS, "values", "a header of another kind");
    }
}

static void check_same_head(const tg_sip_head *a, const tg_sip_head *b)
{
    FUZZ_CHECK(a->offset == b->offset && a->frame_len == b->frame_len && a->request == b->request &&
                   a->status == b->status && a->body_offset == b->body_offset && a->num_headers == b->num_headers &&
                   a->num_vias == b->num_vias && a->has_cseq == b->has_cseq && a->cseq == b->cseq &&
                   a->num_malformed == b->num_malformed && a->content_length == b->content_length &&
                   memcmp(a->first, b->first, sizeof a->first) == 0,
               "same", "cut twice, it is another message");
}

typedef struct bodies {
    fuzz_block body;
    size_t num;
} bodies;

static void take_body(void *user, const char *first_line, const char *body, size_t len)
{
    bodies *to = user;
    (void)first_line;
    if (to->num++ == 0)
        to->body = fuzz_block_copy(body, len);
}

/* libosip2 takes some messages that the fast look refuses, and the other way round. */
static void check_against_osip(const tg_sip_head *head, tg_bytes text)
{
    bodies other = { .num = 0 };
    tg_bytes sdp;
    const char *reason = NULL;
    bool cut = check_status(tg_sip_head_sdp(head, &sdp, &reason), &reason, "SDP");
    if (cut)
        check_view(sdp, head->octets, "SDP");
    reason = NULL;
    tg_status status = tg_sip_sdp_body((const char *)text.data, text.len, take_body, &other, &reason);
    if (cut && status == TG_OK && head->offset + head->frame_len == text.len)
        FUZZ_CHECK(tg_bytes_equal(sdp, fuzz_bytes(&other.body)), "same_body", "%zu octets, and %zu by libosip2",
                   sdp.len, other.body.len);
    if (other.num > 0)
        fuzz_block_free(&other.body);
}

static void check_sip(tg_bytes text)
{
    static tg_sip_head first, second;
    const char *reason = NULL, *again = NULL;
    memset(&first, 0x00, sizeof first);
    memset(&second, 0xA5, sizeof second);
    tg_status status = tg_sip_cut(text, &first, &reason);
    FUZZ_CHECK(status == tg_sip_cut(text, &second, &again), "same", "cut twice, %s", tg_status_name(status));
    check_status(status, &reason, "SIP");
    if (status != TG_OK && status != TG_TRUNCATED)
        return;
    check_head(&first, text);
    check_same_head(&first, &second);
    for (size_t i = 0; i < first.num_headers; i++)
        read_values(first.headers[i].value);
    read_uri(first.request_uri);
    if (status == TG_OK)
        check_against_osip(&first, text);
}

/* ---- the description ---------------------------------------------------------------------------------------- */

static void check_media(const tg_sdp *sdp, const tg_sdp_media *m)
{
    const tg_bytes views[] = { m->media,      m->proto, m->formats,          m->address.text,
                               m->connection, m->path,  m->rtcp_address.text };
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        check_view(views[i], sdp->text, "m-line");
    FUZZ_CHECK(m->offset <= sdp->text.len && m->len <= sdp->text.len - m->offset, "views_inside", "an m-line");
    FUZZ_CHECK(m->first_attribute <= sdp->num_attributes &&
                   m->num_attributes <= sdp->num_attributes - m->first_attribute,
               "lists", "attributes of an m-line");
}

static void check_sdp_lists(const tg_sdp *sdp, const fuzz_block *memory)
{
    const tg_bytes views[] = { sdp->origin.line,    sdp->origin.username, sdp->origin.session_id, sdp->origin.version,
                               sdp->origin.address, sdp->session_name,    sdp->address.text };
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        check_view(views[i], sdp->text, "session");
    for (size_t i = 0; i < sdp->num_attributes; i++) {
        const tg_sdp_attribute *a = &sdp->attributes[i];
        check_view(a->name, sdp->text, "attribute");
        check_view(a->value, sdp->text, "value of an attribute");
        FUZZ_CHECK(a->offset <= sdp->text.len && a->len <= sdp->text.len - a->offset, "views_inside",
                   "an attribute's line");
        FUZZ_CHECK(a->m_line >= -1 && a->m_line < (int)sdp->num_media, "lists", "m-line %d", a->m_line);
    }
    FUZZ_CHECK(sdp->num_media <= TG_SDP_MAX_M_LINES && sdp->num_key_mgmt <= TG_SDP_MAX_ATTRIBUTES &&
                   sdp->num_attributes <= TG_SDP_MAX_ALL_ATTRIBUTES,
               "limits", "%zu m-lines", sdp->num_media);
    for (size_t i = 0; i < sdp->num_media; i++)
        check_media(sdp, &sdp->media[i]);
    for (size_t i = 0; i < sdp->num_fingerprints; i++) {
        FUZZ_CHECK(sdp->fingerprints[i].attribute < sdp->num_attributes, "lists", "a fingerprint of no attribute");
        check_view(sdp->fingerprints[i].function, sdp->text, "hash function");
        check_view(sdp->fingerprints[i].octets, fuzz_bytes(memory), "fingerprint");
        FUZZ_CHECK(!sdp->fingerprints[i].wrong || sdp->fingerprints[i].octets.len == 0, "values",
                   "octets of a wrong fingerprint");
    }
}

/* ---- against tg_sdp_key_mgmt ------------------------------------------------------------------------------------- */

typedef struct compared {
    const tg_sdp *sdp;
    size_t next, num;
    bool any_wrong; /* a malformed attribute under an m-line: the two differ in whether it is one of its own */
} compared;

static bool take_attribute(void *user, const tg_key_mgmt *attribute)
{
    compared *c = user;
    size_t covered[TG_SDP_MAX_M_LINES];
    while (c->next < c->sdp->num_key_mgmt && !c->sdp->key_mgmt[c->next].is_mikey)
        c->next++;
    FUZZ_CHECK(c->next < c->sdp->num_key_mgmt, "same_attributes", "one more by tg_sdp_key_mgmt");
    const tg_sdp_key *key = &c->sdp->key_mgmt[c->next++];
    FUZZ_CHECK(key->m_line == attribute->m_line && key->data.len == attribute->data_len &&
                   (key->data.len == 0 || memcmp(key->data.data, attribute->data, key->data.len) == 0),
               "same_attributes", "m-line %d and %d, %zu and %zu characters", key->m_line, attribute->m_line,
               key->data.len, attribute->data_len);
    c->num++;
    if (c->any_wrong)
        return true;
    FUZZ_CHECK(tg_sdp_covered(c->sdp, key, covered) == attribute->num_m_lines, "same_attributes",
               "%zu m-lines, and %zu", tg_sdp_covered(c->sdp, key, covered), attribute->num_m_lines);
    for (size_t i = 0; i < attribute->num_m_lines; i++)
        FUZZ_CHECK(covered[i] < c->sdp->num_media && (c->sdp->media[covered[i]].protection == TG_SDP_KEYED_RTP) ==
                                                         (attribute->m_lines[i] == TG_M_LINE_RTP),
                   "same_attributes", "m-line %zu is of another kind", covered[i]);
    return true;
}

static void check_against_old(const tg_sdp *sdp, tg_bytes text)
{
    compared c = { .sdp = sdp };
    const char *reason = NULL;
    size_t mikey = 0;
    for (size_t i = 0; i < sdp->num_key_mgmt; i++) {
        mikey += sdp->key_mgmt[i].is_mikey;
        c.any_wrong = c.any_wrong || sdp->key_mgmt[i].wrong;
    }
    tg_status status = tg_sdp_key_mgmt((const char *)text.data, text.len, take_attribute, &c, &reason);
    if (status == TG_OK)
        FUZZ_CHECK(mikey == c.num, "same_attributes", "%zu attributes, and %zu", mikey, c.num);
    if (status == TG_NOT_FOUND)
        FUZZ_CHECK(mikey == 0, "same_attributes", "%zu attributes, and none", mikey);
}

static tg_status read_sdp(tg_bytes text, uint8_t fill, fuzz_block *memory, tg_sdp *out)
{
    const char *reason = NULL;
    *memory = fuzz_block_new(tg_sdp_arena_size(text.len), fill);
    tg_arena arena = tg_arena_of(memory->data, memory->len);
    tg_status status = tg_sdp_read((const char *)text.data, text.len, &arena, out, &reason);
    check_status(status, &reason, "SDP");
    return status;
}

static void check_sdp(tg_bytes text)
{
    fuzz_block memory, other;
    tg_sdp first, second;
    tg_status status = read_sdp(text, 0x00, &memory, &first);
    FUZZ_CHECK(status == read_sdp(text, 0xA5, &other, &second), "same", "read twice, %s", tg_status_name(status));
    if (status == TG_OK) {
        check_sdp_lists(&first, &memory);
        check_sdp_lists(&second, &other);
        FUZZ_CHECK(first.num_attributes == second.num_attributes && first.num_media == second.num_media &&
                       first.num_key_mgmt == second.num_key_mgmt && first.num_fingerprints == second.num_fingerprints &&
                       first.num_crypto == second.num_crypto,
                   "same", "read twice, other lists");
        check_against_old(&first, text);
    }
    fuzz_block_free(&memory);
    fuzz_block_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_block text = fuzz_block_copy(data, size);
    check_sip(fuzz_bytes(&text));
    check_sdp(fuzz_bytes(&text));
    if (size <= 2048)
        read_values(fuzz_bytes(&text));
    fuzz_check_unchanged(&text, data);
    fuzz_block_free(&text);
    return 0;
}
