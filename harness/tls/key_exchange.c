/* ServerKeyExchange and ClientKeyExchange of the PSK suites (RFC 4279 2 to 4, RFC 5489 2), and whether the smaller
 * messages fit. */
#include "case.h"

static bool get_vector(tg_reader *r, unsigned width, tg_bytes *out)
{
    uint8_t high = 0, low;
    if ((width == 2 && !tg_get_u8(r, &high)) || !tg_get_u8(r, &low))
        return false;
    return tg_get_bytes(r, (size_t)high << 8 | low, out);
}

static bool is_at_end(const tg_reader *r)
{
    return tg_reader_left(r) == 0;
}

/* RFC 5489 2: ServerECDHParams; explicit curves are nobody's any more and are left uncut. */
static bool skip_ec_params(tg_reader *r)
{
    uint8_t curve_type;
    uint16_t curve;
    tg_bytes point;
    if (!tg_get_u8(r, &curve_type))
        return false;
    if (curve_type != 3) {
        r->pos = r->end;
        return true;
    }
    return tg_get_u16(r, &curve) && get_vector(r, 1, &point);
}

static bool read_server(tg_tls_case *k, const tg_tls_message *m)
{
    tg_reader r = tg_reader_of(m->body);
    tg_bytes hint, number;
    if (!get_vector(&r, 2, &hint))
        return false;
    bool fits = true;
    for (size_t i = 0; fits && k->recipe->kx == TG_KX_DHE_PSK && i < 3; i++) /* p, g, Ys */
        fits = get_vector(&r, 2, &number);
    if (k->recipe->kx == TG_KX_ECDHE_PSK)
        fits = skip_ec_params(&r);
    if (!fits || !is_at_end(&r))
        return false;
    if (k->h->has_hint)
        return true;
    k->hint = hint;
    k->hint_at = m->at;
    k->h->has_hint = true;
    return true;
}

static bool read_client(tg_tls_case *k, const tg_tls_message *m)
{
    tg_reader r = tg_reader_of(m->body);
    tg_bytes identity, number;
    if (!get_vector(&r, 2, &identity))
        return false;
    bool fits = true;
    if (k->recipe->kx == TG_KX_DHE_PSK || k->recipe->kx == TG_KX_RSA_PSK)
        fits = get_vector(&r, 2, &number);
    else if (k->recipe->kx == TG_KX_ECDHE_PSK)
        fits = get_vector(&r, 1, &number);
    if (!fits || !is_at_end(&r))
        return false;
    if (k->h->has_identity)
        return true;
    k->identity = identity;
    k->identity_at = m->at;
    k->h->has_identity = true;
    return true;
}

/* What it holds only the suite says; the first behind ServerHello counts. */
static bool read_key_exchange(tg_tls_case *k, const tg_tls_message *m)
{
    if (!k->h->has_server_hello || k->recipe->kx == TG_KX_OTHER)
        return true;
    return m->type == 12 ? read_server(k, m) : read_client(k, m);
}

static bool is_below_12(const tg_tls_case *k)
{
    uint16_t version = k->h->has_server_hello ? k->h->version : 0x0303;
    return k->known->datagrams ? version == 0xFEFF : version < 0x0303;
}

/* RFC 5246 7.4.2: each certificate, and all of them, behind their lengths. */
static bool certificates_fit(tg_bytes body)
{
    for (size_t depth = 0; body.len > 0 || depth == 0; depth = 1) {
        if (body.len < 3)
            return false;
        size_t len = (size_t)body.data[0] << 16 | (size_t)body.data[1] << 8 | body.data[2];
        if (len > body.len - 3 || (depth == 0 && len != body.len - 3))
            return false;
        /* The list first, then what is in it. */
        size_t step = depth == 0 ? 3 : 3 + len;
        body = tg_bytes_of(body.data + step, body.len - step);
    }
    return true;
}

bool tg_tls_fits(tg_tls_case *k, const tg_tls_message *m)
{
    tg_reader r = tg_reader_of(m->body);
    uint16_t version;
    uint32_t lifetime;
    tg_bytes inner;
    bool fits = true;
    bool is_hello = m->type == (m->from_client ? 1 : 2);
    const char *field = is_hello ? tg_tls_misfit_of_hello(k, m) : NULL;
    if (field) {
        tg_tls_bad(k, m->at, field, "the field does not fit");
        return false;
    }
    if (k->tls13)
        return true;
    switch (m->type) {
    case 12: /* ServerKeyExchange */
    case 16: /* ClientKeyExchange */
        fits = m->from_client != (m->type == 16) || read_key_exchange(k, m);
        break;
    case 0:  /* HelloRequest */
    case 14: /* ServerHelloDone */
        fits = is_at_end(&r);
        break;
    case 3: /* HelloVerifyRequest */
        fits = tg_get_u16(&r, &version) && get_vector(&r, 1, &inner) && is_at_end(&r);
        break;
    case 4: /* NewSessionTicket (RFC 5077 3.3) */
        fits = tg_get_u32(&r, &lifetime) && get_vector(&r, 2, &inner) && is_at_end(&r);
        break;
    case 11: /* Certificate */
        fits = certificates_fit(m->body);
        break;
    case 13: /* CertificateRequest: types, algorithms of signatures (1.2), authorities */
        fits = get_vector(&r, 1, &inner) && inner.len > 0 && (is_below_12(k) || get_vector(&r, 2, &inner)) &&
               get_vector(&r, 2, &inner) && is_at_end(&r);
        break;
    case 15: /* CertificateVerify: algorithm (1.2), signature */
        fits = (is_below_12(k) || tg_get_u16(&r, &version)) && get_vector(&r, 2, &inner) && is_at_end(&r);
        break;
    default:
        break;
    }
    if (!fits)
        tg_tls_bad(k, m->at, tg_tls_message_name(m->type), "the message does not fit its lengths");
    return fits;
}
