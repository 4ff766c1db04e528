/* What a script does: other clocks, messages that come twice, that are lost, that are nonsense. */
#include "gate_script.h"

#include <stdlib.h>
#include <string.h>

#include "ticketgate/registry_values.h"

#define SECOND ((uint64_t)1 << 32)

uint8_t gate_type_of(tg_bytes octets)
{
    return octets.len > 1 ? octets.data[1] : 255;
}

bool gate_is_type(tg_bytes octets, const char *name)
{
    return name && strcmp(gate_type_name(gate_type_of(octets)), name) == 0;
}

static const char *value(gate_party *p, const char *word)
{
    return gate_word_value(p->keeping, p->script, word);
}

/* A call beside the conversation: what the IUT sends upon it goes nowhere. */
static tg_status inject(gate_party *p, tg_sender from, tg_bytes octets, uint64_t now, bool must_reject, const char *row,
                        const char *what)
{
    tg_party_reply reply;
    if (p->num_injected == GATE_MAX_INJECTED) {
        p->undone = "more was to be sent beside the exchange than fits";
        return TG_OK;
    }
    p->injected[p->num_injected++] = (gate_injected){
        .call = p->iut->num_calls, .before = p->num_received, .must_reject = must_reject, .row = row, .what = what
    };
    tg_status status = p->inner.receive(p->inner.user, from, octets, now, &reply);
    return status == TG_OK && reply.outcome == TG_PARTY_BROKE_DOWN ? TG_REFUSED : status;
}

/* ---- nonsense ----------------------------------------------------------------------------------------------- */

/* Truncated, longer than it says, of an unknown type, of zeros and ones, of 60000 octets: nobody can process any. */
static tg_status inject_garbage(gate_party *p, tg_sender from, tg_bytes good, uint64_t now)
{
    size_t big = 60000;
    uint8_t *octets = tg_arena_alloc(p->arena, big);
    if (!octets || good.len < 16 || good.len + 1 > big) {
        p->undone = "no nonsense could be made of the message";
        return TG_OK;
    }
    const struct {
        const char *what;
        size_t len;
        int fill; /* -1: the good message */
        const char *row;
    } kinds[] = { { "a message of no octets", 0, -1, "RFC3830-6.1-x01" },
                  { "a message of one octet", 1, -1, "RFC3830-6.1-x01" },
                  { "a message cut in its header", 9, -1, "RFC3830-6.1-x01" },
                  { "a message without its last octet", good.len - 1, -1, "RFC3830-6.9-x01" },
                  { "a message with an octet too many", good.len + 1, -1, "RFC3830-6.1-x04" },
                  { "zeros", 64, 0, "RFC3830-6.1-x02" },
                  { "ones", 64, 255, "RFC3830-6.1-x02" },
                  { "60000 octets of nothing", big, 1, "RFC3830-6.1-x02" } };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        memset(octets, kinds[i].fill < 0 ? 0 : kinds[i].fill, kinds[i].len);
        if (kinds[i].fill < 0)
            memcpy(octets, good.data, kinds[i].len < good.len ? kinds[i].len : good.len);
        size_t n = p->num_injected;
        tg_status status = inject(p, from, tg_bytes_of(octets, kinds[i].len), now, true, kinds[i].row, kinds[i].what);
        if (p->num_injected > n && n < GATE_MAX_INJECTED) /* of a message that ends too early there is a header that can be answered */
            p->injected[n].must_tell = kinds[i].len == good.len - 1 && iut_can(p->iut->u, "errors") &&
                                       gate_type_of(good) != TG_DATA_TYPE_ERROR; /* 5.4-x04 */
        if (status != TG_OK)
            return status;
    }
    return TG_OK;
}

/* An Error about the newest message that the IUT sent to this party. */
static tg_status inject_error(gate_party *p, tg_sender from, uint64_t now, gate_error_mac mac)
{
    tg_bytes error = gate_error_make(p, from, now, mac);
    if (!error.data) {
        p->undone = "there is nothing that an Error could be about";
        return TG_OK;
    }
    bool real = mac == GATE_ERROR_RIGHT_MAC;
    p->num_real_errors += real;
    return inject(p, from, error, now, false, p->first_row, real ? "an authentic Error" : "a forged Error");
}

static tg_status inject_spoiled(gate_party *p, tg_sender from, tg_bytes octets, uint64_t now)
{
    uint8_t *copy = octets.len ? (uint8_t *)(uintptr_t)tg_arena_copy(p->arena, octets.data, octets.len).data : NULL;
    if (!copy) {
        p->undone = "the message could not be spoiled";
        return TG_OK;
    }
    copy[octets.len - 1] ^= 1;
    return inject(p, from, tg_bytes_of(copy, octets.len), now, true, gate_auth_row(gate_type_of(octets)),
                  "a message with another MAC");
}

/* Of words that send something beside the exchange, something was sent. */
const char *gate_party_undone(gate_party *p)
{
    static const char *const words[] = { "again", "garbage", "spoil", "stranger", "forged-error", "real-error" };
    for (size_t i = 0; i < sizeof words / sizeof *words && !p->undone && p->num_injected == 0; i++) {
        if (value(p, words[i]))
            p->undone = "nothing was sent beside the exchange";
    }
    return p->undone;
}

/* ---- the party ---------------------------------------------------------------------------------------------- */

static uint64_t clock_of(gate_party *p, uint64_t now)
{
    const char *shift = value(p, "clock");
    long seconds = shift ? strtol(shift, NULL, 10) : 0;
    return seconds < 0 ? now - (uint64_t)-seconds * SECOND : now + (uint64_t)seconds * SECOND;
}

/* With an update the second message of the type is spoiled: there is something agreed then. */
static size_t spoil_at(const gate_party *p)
{
    return p->spoil_second ? 2 : 1;
}

static tg_status before(gate_party *p, tg_sender from, tg_bytes octets, uint64_t now)
{
    tg_status status = TG_OK;
    if (value(p, "garbage"))
        status = inject_garbage(p, from, octets, now);
    if (status == TG_OK && gate_is_type(octets, value(p, "spoil")) && ++p->num_spoiled == spoil_at(p))
        status = inject_spoiled(p, from, octets, now);
    if (status == TG_OK && gate_is_type(octets, value(p, "stranger")))
        status = inject(p, from == TG_SENDER_K ? TG_SENDER_R : TG_SENDER_K, octets, now, true, p->first_row,
                        "a message from somebody else");
    if (status == TG_OK && gate_is_type(octets, value(p, "forged-error")))
        status = inject_error(p, from, now, GATE_ERROR_NO_MAC);
    if (status == TG_OK && gate_is_type(octets, value(p, "forged-error")))
        status = inject_error(p, from, now, GATE_ERROR_WRONG_MAC);
    if (status == TG_OK && gate_is_type(octets, value(p, "real-error")) && p->num_real_errors == 0)
        status = inject_error(p, from, now, GATE_ERROR_RIGHT_MAC);
    return status;
}

static tg_status open_party(void *user, const tg_party_setup *setup)
{
    gate_party *p = user;
    return p->inner.open(p->inner.user, setup);
}

static tg_status start_party(void *user, const char *what, const tg_transfer_plan *update, uint64_t now,
                             tg_party_reply *reply)
{
    gate_party *p = user;
    return p->inner.start(p->inner.user, what, update, clock_of(p, now), reply);
}

static tg_status receive_party(void *user, tg_sender from, tg_bytes octets, uint64_t now, tg_party_reply *reply)
{
    gate_party *p = user;
    now = clock_of(p, now);
    const char *as = value(p, "from");
    if (gate_is_type(octets, value(p, "lose"))) {
        *reply = (tg_party_reply){ .outcome = TG_PARTY_ACCEPTED, .established = p->iut->established };
        return TG_OK;
    }
    tg_status status = before(p, from, octets, now);
    p->num_received++;
    if (status == TG_OK && as && strchr(as, ':') && strncmp(gate_type_name(gate_type_of(octets)), as, strcspn(as, ":")) == 0)
        from = strchr(as, ':')[1] == 'I' ? TG_SENDER_I : strchr(as, ':')[1] == 'R' ? TG_SENDER_R : TG_SENDER_K;
    if (status == TG_OK)
        status = p->inner.receive(p->inner.user, from, octets, now, reply);
    if (status == TG_OK && reply->outcome == TG_PARTY_ACCEPTED && gate_is_type(octets, value(p, "again")))
        status = inject(p, from, octets, now + SECOND, true, p->first_row,
                        keep_text(p->keeping, "%s that came before", gate_type_name(gate_type_of(octets))));
    return status;
}

tg_status gate_party_start_again(gate_party *p, uint64_t now)
{
    tg_party_reply reply;
    return p->inner.start(p->inner.user, "transfer", NULL, now, &reply);
}

tg_party gate_party_of(gate_party *p)
{
    p->inner = iut_party_of(p->iut);
    return (tg_party){ .user = p, .open = open_party, .start = start_party, .receive = receive_party };
}
