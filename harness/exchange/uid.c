/* KMS UIDs and groups of them (section 8.1; contribution 003, 6.2.3.2), and who is who among the subscribers. */
#include "case.h"

/* ---- text ---------------------------------------------------------------------------------------------------- */

/* Longer ones match nothing but themselves, so that one message cannot ask for more than its length times this. */
enum { MAX_PATTERN = 1024 };

static uint8_t to_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool begins_with_scheme(tg_bytes text, const char *scheme)
{
    size_t len = strlen(scheme);
    if (text.len < len)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (to_lower(text.data[i]) != (uint8_t)scheme[i])
            return false;
    }
    return true;
}

tg_bytes tg_without_scheme(tg_bytes id_data)
{
    size_t len = begins_with_scheme(id_data, "sip:") ? 4 : begins_with_scheme(id_data, "sips:") ? 5 : 0;
    return len ? tg_bytes_of(id_data.data + len, id_data.len - len) : id_data;
}

/* Where the domain begins: behind the last "@"; behind the end, where there is none. */
static size_t domain_of(tg_bytes uid)
{
    for (size_t i = uid.len; i-- > 0;) {
        if (uid.data[i] == '@')
            return i + 1;
    }
    return uid.len + 1;
}

static size_t find_octet(tg_bytes text, uint8_t octet, size_t end)
{
    const uint8_t *found = end ? memchr(text.data, octet, end) : NULL;
    return found ? (size_t)(found - text.data) : end;
}

bool tg_has_wildcard_user(tg_bytes id_data)
{
    tg_bytes uid = tg_without_scheme(id_data);
    size_t domain = domain_of(uid), end = domain > uid.len ? uid.len : domain - 1;
    return find_octet(uid, '?', end) < end;
}

/* Domains are compared without case, everything else exactly. */
static bool is_same(tg_bytes a, size_t i, size_t domain_a, tg_bytes b, size_t j, size_t domain_b)
{
    bool in_domains = i >= domain_a && j >= domain_b;
    return a.data[i] == b.data[j] || (in_domains && to_lower(a.data[i]) == to_lower(b.data[j]));
}

static bool is_same_uid(tg_bytes a, tg_bytes b)
{
    size_t domain_a = domain_of(a), domain_b = domain_of(b);
    if (a.len != b.len || domain_a != domain_b)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (!is_same(a, i, domain_a, b, i, domain_b))
            return false;
    }
    return true;
}

/* ---- wildcards ----------------------------------------------------------------------------------------------- */

/* "?" stands for any characters. Where the rest does not fit, the last "?" takes one character more; earlier ones need
 * not be tried again. */
static bool matches(tg_bytes uid, tg_bytes group)
{
    size_t uid_domain = domain_of(uid), group_domain = domain_of(group);
    size_t i = 0, j = 0, after_wildcard = SIZE_MAX, taken = 0;
    while (i < uid.len) {
        if (j < group.len && group.data[j] == '?') {
            after_wildcard = ++j;
            taken = i;
        } else if (j < group.len && is_same(uid, i, uid_domain, group, j, group_domain)) {
            i++;
            j++;
        } else if (after_wildcard != SIZE_MAX) {
            j = after_wildcard;
            i = ++taken;
        } else {
            return false;
        }
    }
    while (j < group.len && group.data[j] == '?')
        j++;
    return j == group.len;
}

bool tg_kms_uid_matches(tg_bytes uid, tg_bytes group)
{
    uid = tg_without_scheme(uid);
    group = tg_without_scheme(group);
    if (tg_has_wildcard_user(uid))
        return false;
    if (uid.len > MAX_PATTERN || group.len > MAX_PATTERN)
        return is_same_uid(uid, group);
    return matches(uid, group);
}

/* Without parameters, headers and port; the colons of an IPv6 address stand in brackets (RFC 3261 25.1). */
static tg_bytes host_of(tg_bytes domain)
{
    domain.len = find_octet(domain, ';', domain.len);
    domain.len = find_octet(domain, '?', domain.len);
    size_t bracket = domain.len && domain.data[0] == '[' ? find_octet(domain, ']', domain.len) : 0;
    tg_bytes behind = tg_bytes_of(domain.data + bracket, domain.len - bracket);
    domain.len = bracket + find_octet(behind, ':', behind.len);
    return domain;
}

bool tg_kms_uid(tg_bytes impu, tg_arena *arena, tg_bytes *uid)
{
    tg_bytes uri = tg_without_scheme(impu);
    size_t at = find_octet(uri, '@', uri.len), user_end = find_octet(uri, ':', at);
    if (at == uri.len)
        return false;
    /* ";" and "?" may stand in the user part too; what ends the domain comes behind it. */
    tg_bytes domain = host_of(tg_bytes_of(uri.data + at + 1, uri.len - at - 1));
    if (user_end == 0 || domain.len == 0)
        return false;
    bool is_view = user_end == at;
    for (size_t i = 0; i < domain.len; i++)
        is_view &= domain.data[i] == to_lower(domain.data[i]);
    *uid = tg_bytes_of(uri.data, at + 1 + domain.len);
    if (is_view)
        return true;
    uint8_t *copy = tg_arena_alloc(arena, user_end + 1 + domain.len);
    if (!copy)
        return false;
    memcpy(copy, uri.data, user_end);
    copy[user_end] = '@';
    for (size_t i = 0; i < domain.len; i++)
        copy[user_end + 1 + i] = to_lower(domain.data[i]);
    *uid = tg_bytes_of(copy, user_end + 1 + domain.len);
    return true;
}

/* ---- subscribers --------------------------------------------------------------------------------------------- */

bool tg_is_uid_of(const tg_subscriber *subscriber, tg_bytes uid)
{
    uid = tg_without_scheme(uid);
    for (size_t i = 0; i < subscriber->num_uids; i++) {
        if (is_same_uid(subscriber->uids[i], uid))
            return true;
    }
    return false;
}

static const tg_subscriber *list_by_b_tid(void *user, tg_bytes b_tid)
{
    const tg_subscriber_list *list = user;
    for (size_t i = 0; i < list->num; i++) {
        if (list->subscribers[i].b_tid.len && tg_bytes_equal(list->subscribers[i].b_tid, b_tid))
            return &list->subscribers[i];
    }
    return NULL;
}

static const tg_subscriber *list_by_uid(void *user, tg_bytes uid)
{
    const tg_subscriber_list *list = user;
    for (size_t i = 0; i < list->num; i++) {
        if (tg_is_uid_of(&list->subscribers[i], uid))
            return &list->subscribers[i];
    }
    return NULL;
}

tg_subscriber_source tg_subscriber_list_source(const tg_subscriber_list *list)
{
    union {
        const tg_subscriber_list *list;
        void *user;
    } only_read = { .list = list };
    return (tg_subscriber_source){ list_by_b_tid, list_by_uid, only_read.user };
}

/* ---- the Responder of a RESOLVE_INIT ------------------------------------------------------------------------- */

typedef struct responder {
    tg_identity identity;            /* IDRr of the request, else as known */
    const tg_subscriber *subscriber; /* with all its UIDs, or NULL */
} responder;

static responder responder_of(const tg_case *k, const tg_entry *request)
{
    const tg_subscriber_source *source = k->known->subscribers;
    /* Between KMSs IDRpsk names no subscriber's key (RFC 6043 10). */
    bool is_kms = request->sent.from == TG_SENDER_K;
    const tg_idr *idrr = request->parts.idr[TG_ID_ROLE_R];
    const tg_idr *idrpsk = is_kms ? NULL : request->parts.idr[TG_ID_ROLE_PSK];
    responder r = { .identity = idrr ? tg_identity_of(idrr) : k->known->r };
    if (source && idrpsk)
        r.subscriber = tg_subscriber_by_b_tid(source, idrpsk->id_data);
    else if (source && r.identity.known && tg_is_uid_type(r.identity.id_type))
        r.subscriber = tg_subscriber_by_uid(source, tg_without_scheme(r.identity.data));
    return r;
}

/* All the groups of a ticket against all the UIDs of a subscriber: both are for others to choose, so the sum is bounded. */
static bool matches_within_bounds(tg_case *k, tg_bytes uid, tg_bytes group)
{
    enum { MOST_WORK = 1 << 28 };
    uint64_t work = uid.len > MAX_PATTERN || group.len > MAX_PATTERN ? 1 : (uint64_t)uid.len * group.len;
    if (k->conversation->wildcard_work > MOST_WORK - work) {
        k->status = TG_TOO_LARGE;
        return false;
    }
    k->conversation->wildcard_work += work;
    return tg_kms_uid_matches(uid, group);
}

/* Does one of the Responder's UIDs match this IDRr of the ticket policy? */
static bool is_resolver(tg_case *k, const responder *r, const tg_idr *allowed)
{
    bool by_groups = k->known->profile.kms_uids;
    if (!by_groups && r->identity.known && r->identity.id_type == allowed->id_type &&
        tg_bytes_equal(r->identity.data, allowed->id_data))
        return true;
    if (!tg_is_uid_type(allowed->id_type))
        return false;
    if (!r->subscriber)
        return by_groups && r->identity.known && tg_is_uid_type(r->identity.id_type) &&
               matches_within_bounds(k, r->identity.data, allowed->id_data);
    /* UIDs of subscribers are text without ID Type: NAI, and URI without scheme. */
    tg_bytes text = tg_without_scheme(allowed->id_data);
    for (size_t i = 0; i < r->subscriber->num_uids && k->status == TG_OK; i++) {
        if (by_groups ? matches_within_bounds(k, r->subscriber->uids[i], allowed->id_data)
                      : tg_bytes_equal(r->subscriber->uids[i], text))
            return true;
    }
    return false;
}

tg_belongs tg_responder_is_resolver(tg_case *k, const tg_entry *request)
{
    const responder r = responder_of(k, request);
    const tg_ticket *ticket = request->parts.ticket;
    if (!ticket || (!r.identity.known && !r.subscriber))
        return TG_BELONGS_UNKNOWN;
    for (const tg_payload *p = ticket->tp_data.payloads; p && k->status == TG_OK; p = p->next) {
        const tg_idr *idr = (const tg_idr *)p;
        if (p->type == TG_PAYLOAD_IDR && idr->id_role == TG_ID_ROLE_R && is_resolver(k, &r, idr))
            return TG_BELONGS;
    }
    return TG_BELONGS_NOT;
}

tg_belongs tg_responder_has_uid(const tg_case *k, const tg_entry *request, const tg_idr *idr)
{
    const responder r = responder_of(k, request);
    bool is_uid = tg_is_uid_type(idr->id_type);
    if (r.subscriber)
        return is_uid && tg_is_uid_of(r.subscriber, idr->id_data) ? TG_BELONGS : TG_BELONGS_NOT;
    if (!r.identity.known)
        return TG_BELONGS_UNKNOWN;
    is_uid = is_uid && tg_is_uid_type(r.identity.id_type);
    return is_uid && is_same_uid(tg_without_scheme(r.identity.data), tg_without_scheme(idr->id_data)) ? TG_BELONGS
                                                                                                      : TG_BELONGS_NOT;
}
