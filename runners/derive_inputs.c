#include "derive_inputs.h"

#include <errno.h>
#include <stdlib.h>

#include "input.h"

enum { MAX_OCTETS = 4096 };

static const char *const use_names[] = { "encr", "auth", "salt", "tek", NULL }; /* in the order of tg_key_use */
enum { OF_MPKI, OF_MPKR, OF_TGK };
static const char *const of_names[] = { "mpki", "mpkr", "tgk", NULL };

static const struct {
    const char *name;
    uint32_t max; /* of a number; 0: none */
    bool is_octets;
} inputs[NUM_DERIVE_INPUTS] = {
    [DERIVE_PRF] = { "prf", 127, false },        [DERIVE_INKEY] = { "inkey", 0, true },
    [DERIVE_USE] = { "use", 0, false },          [DERIVE_CSB_ID] = { "csb-id", UINT32_MAX, false },
    [DERIVE_CS_ID] = { "cs-id", 255, false },    [DERIVE_DIRECTION] = { "direction", 255, false },
    [DERIVE_RANDRI] = { "randri", 0, true },     [DERIVE_RANDRR] = { "randrr", 0, true },
    [DERIVE_RAND] = { "rand", 0, true },         [DERIVE_IDR] = { "idr", 0, true },
    [DERIVE_RANDRKMS] = { "randrkms", 0, true }, [DERIVE_OF] = { "of", 0, false },
    [DERIVE_LEN] = { "len", 4096, false },
};

void derive_inputs_free(derive_inputs *in)
{
    for (size_t i = 0; i < NUM_DERIVE_INPUTS; i++) {
        if (in->octets[i].data)
            tg_wipe((void *)(uintptr_t)in->octets[i].data, in->octets[i].len);
    }
    keeping_free(&in->keeping);
}

/* ---- values ------------------------------------------------------------------------------------------------- */

static bool take_number(const char *name, const char *value, uint32_t max, uint32_t *out)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 0);
    if (value[0] < '0' || value[0] > '9' || *end || errno || number > max) {
        cli_complain("--%s %s: not a number from 0 to %u", name, value, max);
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

static bool decode(derive_inputs *in, const char *name, const char *text, size_t len, tg_bytes *out)
{
    size_t decoded = 0, error_at;
    uint8_t *octets = keep_memory(&in->keeping, tg_hex_decoded_max(len) + 1);
    *out = tg_bytes_of(octets, 0);
    if (len > 4 * MAX_OCTETS || tg_hex_decode(text, len, octets, &decoded, &error_at) != TG_OK ||
        decoded > MAX_OCTETS) {
        cli_complain("--%s: not hexadecimal, or more than %d octets", name,
                     MAX_OCTETS); /* it may be a key: not shown */
        return false;
    }
    out->len = decoded;
    return true;
}

/* Hex digits, or @FILE with them: other users of a machine can see command lines. */
static bool take_octets(derive_inputs *in, const char *name, const char *value, tg_bytes *out)
{
    input_text text;
    if (value[0] != '@')
        return decode(in, name, value, strlen(value), out);
    if (input_read(value + 1, (size_t)1 << 16, "", &text) != CLI_OK)
        return false;
    bool ok = decode(in, name, text.data ? text.data : "", text.len, out);
    if (text.data)
        tg_wipe(text.data, text.len);
    free(text.data);
    return ok;
}

bool derive_inputs_take(derive_inputs *in, const char *name, const char *value, bool *known)
{
    int i = 0;
    while (i < NUM_DERIVE_INPUTS && strcmp(inputs[i].name, name) != 0)
        i++;
    *known = i < NUM_DERIVE_INPUTS;
    if (!*known)
        return true;
    in->given[i] = true;
    if (i == DERIVE_USE)
        return cli_take_choice(name, value, use_names, &in->use);
    if (i == DERIVE_OF)
        return cli_take_choice(name, value, of_names, &in->of);
    return inputs[i].is_octets ? take_octets(in, name, value, &in->octets[i])
                               : take_number(name, value, inputs[i].max, &in->numbers[i]);
}

/* ---- kinds -------------------------------------------------------------------------------------------------- */

#define BIT(input) (1u << DERIVE_##input)
static const struct {
    const char *name;
    unsigned needs, takes; /* BIT(...); --prf goes with all */
} kinds[] = {
    { "message-key", BIT(INKEY) | BIT(USE) | BIT(CSB_ID) | BIT(DIRECTION), BIT(RANDRI) | BIT(RANDRR) | BIT(LEN) },
    { "session-key", BIT(INKEY) | BIT(USE) | BIT(CS_ID), BIT(RANDRI) | BIT(RANDRR) | BIT(LEN) },
    { "fork", BIT(INKEY) | BIT(OF) | BIT(IDR) | BIT(RANDRKMS), 0 },
    { "vr", BIT(INKEY), BIT(LEN) },
    { "ticket", BIT(INKEY) | BIT(USE) | BIT(RAND), BIT(LEN) },
    { "mpk", BIT(INKEY) | BIT(OF) | BIT(RAND), 0 },
    { "rfc3830-message-key", BIT(INKEY) | BIT(USE) | BIT(CSB_ID) | BIT(RAND), BIT(LEN) },
    { "rfc3830-session-key", BIT(INKEY) | BIT(USE) | BIT(CS_ID) | BIT(CSB_ID) | BIT(RAND), BIT(LEN) },
};
enum { MESSAGE_KEY, SESSION_KEY, FORK, VR, TICKET, MPK, RFC3830_MESSAGE_KEY, RFC3830_SESSION_KEY, NUM_KINDS };

static bool check_options(const derive_inputs *in, int kind)
{
    for (int i = 0; i < NUM_DERIVE_INPUTS; i++) {
        unsigned bit = 1u << i;
        if (!in->given[i] && (kinds[kind].needs & bit)) {
            cli_complain("%s needs --%s (see ticketgate derive --help)", kinds[kind].name, inputs[i].name);
            return false;
        }
        if (in->given[i] && i != DERIVE_PRF && !((kinds[kind].needs | kinds[kind].takes) & bit)) {
            cli_complain("%s takes no --%s (see ticketgate derive --help)", kinds[kind].name, inputs[i].name);
            return false;
        }
    }
    if ((kind == FORK && in->of == OF_MPKI) || (kind == MPK && in->of == OF_TGK)) {
        cli_complain("--of %s: %s is of %s", of_names[in->of], kinds[kind].name,
                     kind == FORK ? "mpkr or tgk" : "mpki or mpkr");
        return false;
    }
    return true;
}

static size_t len_of(const derive_inputs *in, uint8_t prf_func, int use)
{
    bool is_256 = prf_func == TG_PRF_HMAC_SHA_256;
    if (in->given[DERIVE_LEN])
        return in->numbers[DERIVE_LEN];
    switch (use) {
    case TG_USE_AUTH:
        return is_256 ? 32 : 20;
    case TG_USE_ENCR:
        return is_256 ? 32 : 16;
    default:
        return use == TG_USE_SALT ? 14 : 16;
    }
}

static tg_status make(const derive_inputs *in, int kind, tg_arena *arena, tg_derivation *out)
{
    uint8_t prf = in->given[DERIVE_PRF] ? (uint8_t)in->numbers[DERIVE_PRF] : TG_PRF_HMAC_SHA_256;
    tg_bytes inkey = in->octets[DERIVE_INKEY], rand = in->octets[DERIVE_RAND];
    tg_rands rands = { in->octets[DERIVE_RANDRI], in->octets[DERIVE_RANDRR] };
    tg_key_use use = (tg_key_use)in->use;
    uint32_t csb_id = in->numbers[DERIVE_CSB_ID];
    uint8_t cs_id = (uint8_t)in->numbers[DERIVE_CS_ID];
    size_t len = len_of(in, prf, in->use);
    switch (kind) {
    case MESSAGE_KEY:
        return tg_derive_message_key(arena, prf, inkey, use, csb_id, (uint8_t)in->numbers[DERIVE_DIRECTION], rands, len,
                                     out);
    case SESSION_KEY:
        return tg_derive_session_key(arena, prf, inkey, use, cs_id, rands, len, out);
    case FORK:
        return tg_derive_fork(arena, prf, inkey, in->of == OF_MPKR, in->octets[DERIVE_IDR], in->octets[DERIVE_RANDRKMS],
                              out);
    case VR:
        return tg_derive_vr_key(arena, prf, inkey, len_of(in, prf, TG_USE_AUTH), out);
    case TICKET:
        return tg_derive_ticket_key(arena, prf, inkey, use, rand, len, out);
    case MPK:
        return tg_derive_mpk(arena, prf, inkey, in->of == OF_MPKI, rand, out);
    case RFC3830_MESSAGE_KEY:
        return tg_derive_rfc3830_message_key(arena, prf, inkey, use, csb_id, rand, len, out);
    default:
        return tg_derive_rfc3830_session_key(arena, prf, inkey, use, cs_id, csb_id, rand, len, out);
    }
}

bool derive_inputs_make(const derive_inputs *in, const char *kind_name, tg_arena *arena, tg_derivation *out)
{
    int kind = 0;
    while (kind < NUM_KINDS && strcmp(kinds[kind].name, kind_name) != 0)
        kind++;
    if (kind == NUM_KINDS) {
        cli_complain("%s: there is no such derivation (see ticketgate derive --help)", kind_name);
        return false;
    }
    if (!check_options(in, kind))
        return false;
    tg_status status = make(in, kind, arena, out);
    if (status != TG_OK)
        cli_complain("%s: %s", kind_name,
                     status == TG_UNKNOWN_ALGORITHM ? "there is no such PRF, or no such key" : tg_status_text(status));
    return status == TG_OK;
}
