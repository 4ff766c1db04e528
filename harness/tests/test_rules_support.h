/* Messages for the tests of the rules, written as one would write them on a blackboard, and the findings expected.
 *
 *     "TRANSFER_INIT v=1 cs(1,0,0,0,4,2) : T RANDRi IDRi IDRr SP(0,0) TICKET(DFGH; IDRr) V"
 *
 * The octets are put together here, not by the library, so that offsets are known from a second source. Payloads and
 * their arguments (all may be left out):
 *     T(type) TRs(type) TRe TRr IDRi IDRr IDRkms IDRpsk IDRapp IDR(role) RANDRi(len) RANDRr RANDRkms RAND(len) ID
 *     CERT CHASH PKE SIGN ERR EXT THDR   V(alg,fill,next)
 *     SP(number,prot type,param=value,...): a value is one octet, or as many as 0x has pairs of digits
 *     KEMAC(encr,mac; KEY(type,kv,fill,salt fill,SPI length)...)   TP(FLAGS t=1/1/1 prf=1; TP Data)
 *     TICKET(FLAGS ...; TP Data; Ticket Data; Initiator Data); a chain "-" has length 0, "." is First Payload 0 alone,
 *     "#" three octets that are no chain
 * Header: v= prf= ver= map= ncs= cs(id,prot type,s,policies a/b or -,Session Data length,SPI length) scs(policy).
 *
 * An expectation is lines of "ID path where": where is "+offset:length" within the payload, entry or HDR that holds the
 * field, "<IDR[0]" for something missing before that payload, "<end" for the end of the chain, or nothing: all of it.
 */
#ifndef TICKETGATE_TEST_RULES_SUPPORT_H
#define TICKETGATE_TEST_RULES_SUPPORT_H

#include "test_rules_notation.h"

/* ---- payloads ----------------------------------------------------------------------------------------------- */

static const struct named {
    const char *word, *name;
    uint8_t type, role;
} payload_words[] = {
    { "T", "T", 5, 0 },           { "TRs", "TR", 13, 2 },       { "TRe", "TR", 13, 3 },     { "TRr", "TR", 13, 4 },
    { "IDRi", "IDR", 14, 1 },     { "IDRr", "IDR", 14, 2 },     { "IDRkms", "IDR", 14, 3 }, { "IDRpsk", "IDR", 14, 4 },
    { "IDRapp", "IDR", 14, 5 },   { "IDR", "IDR", 14, 99 },     { "RANDRi", "RANDR", 15, 1 },
    { "RANDRr", "RANDR", 15, 2 }, { "RANDRkms", "RANDR", 15, 3 }, { "RAND", "RAND", 11, 0 }, { "ID", "ID", 6, 0 },
    { "CERT", "CERT", 7, 0 },     { "CHASH", "CHASH", 8, 0 },   { "PKE", "PKE", 2, 0 },     { "SIGN", "SIGN", 4, 0 },
    { "ERR", "ERR", 12, 0 },      { "EXT", "GENERAL_EXT", 21, 0 }, { "THDR", "THDR", 0, 0 }, { "V", "V", 9, 0 },
    { "SP", "SP", 10, 0 },        { "KEMAC", "KEMAC", 1, 0 },   { "KEY", "KEY_DATA", 20, 0 }, { "TP", "TP", 16, 0 },
    { "TICKET", "TICKET", 17, 0 },
};
static const unsigned ts_octets[] = { 8, 8, 4, 4 }, mac_octets[] = { 0, 20, 32 };
#define NO_FIRST SIZE_MAX

static void put_chain(assembly *a, text chain, const char *prefix, size_t first_at);

static void put_key(assembly *a, text args)
{
    unsigned type = take_number(&args, 0), kv = take_number(&args, 1);
    unsigned key = take_number(&args, 0x11), salt = take_number(&args, 0x11), spi_len = take_number(&args, 1);
    put(a, type << 4 | kv);
    put16(a, 2);
    fill(a, key, 2);
    if (type == 1 || type == 3 || type == 5) {
        put16(a, 3);
        fill(a, salt, 3);
    }
    if (kv == 1) {
        put(a, spi_len);
        fill(a, 0x51, spi_len);
    } else if (kv == 2) {
        put(a, 1);
        put(a, 0);
        put(a, 0);
    }
}

static void put_kemac(assembly *a, text args, const char *prefix)
{
    text algs = take_until(&args, ';');
    unsigned encr = take_number(&algs, 1), mac = take_number(&algs, 0);
    put(a, encr);
    size_t start = reserve16(a);
    if (encr == 0)
        put_chain(a, args, prefix, NO_FIRST);
    else
        fill(a, 0xcc, 4);
    fill_len16(a, start);
    put(a, mac);
    fill(a, 0xaa, mac_octets[mac]);
}

/* Length and octets: one, or as many as 0x has pairs of digits. */
static void put_value(assembly *a, text value)
{
    size_t len = strncmp(value.pos, "0x", 2) == 0 ? (size_t)(value.end - value.pos - 2) / 2 : 1;
    unsigned long number = len ? strtoul(value.pos, NULL, 0) : 0;
    put(a, (unsigned)len);
    while (len--)
        put(a, (unsigned)(number >> 8 * len) & 0xff);
}

static void put_sp(assembly *a, text args, const char *prefix)
{
    char name[40];
    unsigned num = 0;
    put(a, take_number(&args, 0));
    put(a, take_number(&args, 0));
    size_t start = reserve16(a);
    while (args.pos < args.end) {
        text param = take_until(&args, ',');
        snprintf(name, sizeof name, "policy_param[%u]", num++);
        size_t m = add_mark(a, prefix, name);
        put(a, (unsigned)strtoul(param.pos, NULL, 0));
        put_value(a, (text){ strchr(param.pos, '=') + 1, param.end });
        end_mark(a, m);
    }
    fill_len16(a, start);
}

/* A chain behind its length; the First Payload octet is written where the chain has one. */
static void put_sub_chain(assembly *a, text chain, const char *prefix, const char *member, bool has_first)
{
    char path[TG_PATH_MAX];
    assert_true((size_t)snprintf(path, sizeof path, "%s%s", prefix, member) < sizeof path);
    size_t start = reserve16(a);
    size_t m = add_mark(a, path, "");
    strcat(path, ".");
    if (is_text(chain, "#")) {
        fill(a, 0x0b, 3);
    } else if (!is_text(chain, "-")) {
        if (has_first)
            put(a, 0);
        put_chain(a, is_text(chain, ".") ? text_of("") : chain, path, has_first ? a->len - 1 : NO_FIRST);
    }
    fill_len16(a, start);
    end_mark(a, m);
}

static void put_policy(assembly *a, text args, const char *prefix, bool is_ticket)
{
    unsigned type = 1, subtype = 1, version = 1, prf = 0, flags = 0;
    char word[32];
    text head = take_until(&args, ';'), none;
    while (take_word(&head, word, sizeof word, &none)) {
        if (sscanf(word, "t=%u/%u/%u", &type, &subtype, &version) == 3 || sscanf(word, "prf=%u", &prf) == 1)
            continue;
        for (const char *letter = word; *letter; letter++)
            flags |= TG_FLAG(*letter);
    }
    put16(a, type);
    put(a, subtype);
    put(a, version);
    put(a, prf << 1 | flags >> 11);
    put16(a, flags << 5 & 0xffff);
    text tp_data = take_until(&args, ';'), ticket_data = take_until(&args, ';');
    put_sub_chain(a, skip_space(&tp_data) ? tp_data : text_of("IDRr"), prefix, "tp_data", true);
    if (!is_ticket)
        return;
    put_sub_chain(a, skip_space(&ticket_data) ? ticket_data : text_of("THDR T RAND KEMAC V"), prefix, "ticket_data",
                  false);
    put_sub_chain(a, skip_space(&args) ? args : text_of("-"), prefix, "initiator_data", true);
}

/* What follows the Next Payload octet. `prefix` is that of payloads inside this one. */
static void put_body(assembly *a, const struct named *p, text args, const char *prefix)
{
    switch (p->type) {
    case 5:
    case 13: {
        unsigned ts_type = take_number(&args, p->role == 4 ? 3 : 0);
        if (p->type == 13)
            put(a, p->role);
        put(a, ts_type);
        fill(a, 0x70, ts_octets[ts_type]);
        break;
    }
    case 14: put(a, p->role == 99 ? take_number(&args, 0) : p->role); /* fall through */
    case 6: put(a, 0); put16(a, 1); put(a, 'a'); break;
    case 15: put(a, p->role); /* fall through */
    case 11: {
        unsigned len = take_number(&args, 16);
        put(a, len);
        fill(a, 0x4e, len);
        break;
    }
    case 7: put(a, 0); put16(a, 1); put(a, 0x30); break;
    case 8: put(a, 0); fill(a, 0x48, 20); break;
    case 2: put16(a, 2); fill(a, 0x50, 2); break;
    case 12: put(a, 12); put16(a, 0); break;
    case 21: put(a, 0); put16(a, 0); break;
    case 0: put16(a, 0); break;
    case 10: put_sp(a, args, prefix); break;
    case 1: put_kemac(a, args, prefix); break;
    case 20: put_key(a, args); break;
    case 16:
    case 17: put_policy(a, args, prefix, p->type == 17); break;
    case 9: {
        unsigned alg = take_number(&args, 1);
        put(a, alg);
        fill(a, take_number(&args, 0xaa), mac_octets[alg]);
        break;
    }
    default: fail_msg("%s has no body here", p->name);
    }
}

/* Next Payload octet that is written instead of the right one (V only), or -1. */
static int next_given(const struct named *p, text args)
{
    if (p->type != 9)
        return -1;
    take_number(&args, 0);
    take_number(&args, 0);
    return (int)take_number(&args, (unsigned)-1);
}

static void put_chain(assembly *a, text chain, const char *prefix, size_t first_at)
{
    char word[32], path[TG_PATH_MAX];
    text args;
    unsigned counts[256] = { 0 };
    size_t next_at = first_at;
    while (take_word(&chain, word, sizeof word, &args)) {
        size_t i = 0;
        while (strcmp(payload_words[i].word, word) != 0)
            assert_true(++i < sizeof payload_words / sizeof payload_words[0]);
        const struct named *p = &payload_words[i];
        if (next_at != NO_FIRST)
            a->out[next_at] = p->type;
        assert_true((size_t)snprintf(path, sizeof path, "%s%s[%u]", prefix, p->name, counts[p->type]++) <
                    sizeof path - 16);
        size_t m = add_mark(a, path, "");
        if (p->type == 4) { /* SIGN has no Next Payload */
            put16(a, 2);
            fill(a, 0x53, 2);
            end_mark(a, m);
            next_at = NO_FIRST;
            continue;
        }
        int given = next_given(p, args);
        put(a, given < 0 ? 0 : (unsigned)given);
        next_at = given < 0 ? a->len - 1 : NO_FIRST;
        strcat(path, p->type == 1 ? ".encr_data." : ".");
        put_body(a, p, args, path);
        end_mark(a, m);
    }
}

/* ---- header ------------------------------------------------------------------------------------------------- */

static const char *const data_types[] = { [0] = "PSK", [1] = "PSK_RESP", [6] = "ERROR",
    [11] = "REQUEST_INIT_PSK", [12] = "REQUEST_INIT_PK", [13] = "REQUEST_RESP", [14] = "TRANSFER_INIT",
    [15] = "TRANSFER_RESP", [16] = "RESOLVE_INIT_PSK", [17] = "RESOLVE_INIT_PK", [18] = "RESOLVE_RESP" };
enum { NUM_DATA_TYPES = sizeof data_types / sizeof data_types[0] };

static void put_session(assembly *a, text args, unsigned i)
{
    char path[32];
    snprintf(path, sizeof path, "hdr.cs[%u]", i);
    size_t m = add_mark(a, path, "");
    put(a, take_number(&args, 0));
    put(a, take_number(&args, 0));
    unsigned s = take_number(&args, 0);
    size_t num_p_at = a->len;
    put(a, s << 7);
    text policies = take_until(&args, ',');
    while (!is_text(policies, "-") && policies.pos < policies.end) {
        text policy = take_until(&policies, '/');
        put(a, (unsigned)strtoul(policy.pos, NULL, 0));
        a->out[num_p_at]++;
    }
    unsigned session_data_len = take_number(&args, 4), spi_len = take_number(&args, 2);
    put16(a, session_data_len);
    fill(a, 0x5d, session_data_len);
    put(a, spi_len);
    fill(a, 0x51, spi_len);
    end_mark(a, m);
}

static void assemble(assembly *a, const char *notation)
{
    char word[32];
    unsigned version = 1, v = 0, prf = 0, num_cs = 0, given_cs = 256, type = NUM_DATA_TYPES, number;
    text t = text_of(notation), args;
    *a = (assembly){ .len = 0 };
    assert_true(take_word(&t, word, sizeof word, &args));
    for (unsigned i = 0; i < NUM_DATA_TYPES; i++) {
        if (data_types[i] && strcmp(data_types[i], word) == 0)
            type = i;
    }
    if (type == NUM_DATA_TYPES)
        assert_int_equal(sscanf(word, "%u", &type), 1);
    unsigned map = type == 14 || type == 15 ? 2 : 1;
    size_t message = add_mark(a, "message", "");
    size_t hdr = add_mark(a, "hdr", "");
    fill(a, 0, 10);
    while (take_word(&t, word, sizeof word, &args) && strcmp(word, ":") != 0) {
        if (sscanf(word, "v=%u", &v) == 1 || sscanf(word, "prf=%u", &prf) == 1 || sscanf(word, "map=%u", &map) == 1 ||
            sscanf(word, "ver=%u", &version) == 1 || sscanf(word, "ncs=%u", &given_cs) == 1)
            continue;
        if (strcmp(word, "cs") == 0) {
            put_session(a, args, num_cs++);
        } else {
            assert_string_equal(word, "scs");
            number = take_number(&args, 0);
            num_cs++;
            put(a, number);
            fill(a, 0, 8);
        }
    }
    end_mark(a, hdr);
    put_chain(a, t, "", 2);
    end_mark(a, message);
    uint8_t fixed[10] = { (uint8_t)version, (uint8_t)type, a->out[2], (uint8_t)(v << 7 | prf), 0x12, 0x34, 0x56, 0x78,
                          (uint8_t)(given_cs < 256 ? given_cs : num_cs), (uint8_t)map };
    memcpy(a->out, fixed, sizeof fixed);
}

#endif
