#include "keyed.h"

#include <stdlib.h>

enum { MEMORY = 1 << 20 };

const char *const fuzz_made_names[] = { "psk-128", "forked-256", "updates-128", "pk-128", "own-keys", "error-transfer" };
const size_t fuzz_num_made = sizeof fuzz_made_names / sizeof fuzz_made_names[0];

static struct {
    tg_crypto *crypto;
    tg_conversation_made made[sizeof fuzz_made_names / sizeof fuzz_made_names[0]];
    struct {
        uint8_t *data, fill;
    } memory[2];
} world;

static void *some_memory(size_t size)
{
    void *out = malloc(size);
    FUZZ_CHECK(out, "init", "memory ran out");
    return out;
}

void fuzz_keyed_init(void)
{
    FUZZ_CHECK(tg_crypto_new(&world.crypto) == TG_OK, "init", "no OpenSSL");
    for (size_t i = 0; i < fuzz_num_made; i++) {
        tg_arena arena = tg_arena_of(some_memory(SAMPLE_MEMORY), SAMPLE_MEMORY);
        tg_status status = sample_make(sample_find(fuzz_made_names[i]), world.crypto, &arena, &world.made[i]);
        FUZZ_CHECK(status == TG_OK && world.made[i].finished, "init", "%s cannot be made: %s", fuzz_made_names[i],
                   tg_status_name(status));
    }
    for (size_t i = 0; i < 2; i++) {
        world.memory[i].data = some_memory(MEMORY);
        world.memory[i].fill = i ? 0xff : 0x00;
        memset(world.memory[i].data, world.memory[i].fill, MEMORY);
    }
}

tg_crypto *fuzz_crypto(void)
{
    return world.crypto;
}

const tg_conversation_made *fuzz_made(const char *name)
{
    for (size_t i = 0; i < fuzz_num_made; i++) {
        if (strcmp(fuzz_made_names[i], name) == 0)
            return &world.made[i];
    }
    fuzz_fail("init", "%s is not made", name);
}

const tg_conversation_made *fuzz_made_like(tg_bytes octets)
{
    enum { FRONT = 8 }; /* version to CSB ID */
    for (size_t i = 0; octets.len >= FRONT && i < fuzz_num_made; i++) {
        if (memcmp(world.made[i].sent[0].octets.data, octets.data, FRONT) == 0)
            return &world.made[i];
    }
    return &world.made[0];
}

size_t fuzz_made_find(const tg_conversation_made *made, uint8_t data_type, size_t from)
{
    while (from < made->num_sent && made->sent[from].octets.data[1] != data_type)
        from++;
    return from;
}

/* ---- secrets ------------------------------------------------------------------------------------------------ */

enum { TELLING = 8 }; /* octets of a key that do not stand somewhere by chance */

/* Octet by octet: libFuzzer looks at what memmem is asked for, and writes it into its inputs. */
static bool holds(const void *octets, size_t len, const void *wanted, size_t wanted_len)
{
    const uint8_t *at = octets, *end = at + len, *first = wanted;
    while ((size_t)(end - at) >= wanted_len &&
           (at = memchr(at, first[0], (size_t)(end - at) - wanted_len + 1)) != NULL) {
        size_t same = 1;
        while (same < wanted_len && at[same] == first[same])
            same++;
        if (same == wanted_len)
            return true;
        at++;
    }
    return false;
}

static void check_no_secret(tg_bytes secret, const void *octets, size_t len)
{
    char hex[2 * TELLING + 1], upper[2 * TELLING + 1];
    if (secret.len < TELLING)
        return;
    tg_hex_encode(tg_bytes_of(secret.data, TELLING), hex);
    for (size_t i = 0; i < sizeof hex; i++)
        upper[i] = (char)(hex[i] >= 'a' && hex[i] <= 'f' ? hex[i] - 'a' + 'A' : hex[i]);
    FUZZ_CHECK(!holds(octets, len, secret.data, TELLING) && !holds(octets, len, hex, 2 * TELLING) &&
                   !holds(octets, len, upper, 2 * TELLING),
               "no_secrets", "octets of a key are shown");
}

void fuzz_check_no_secrets(const tg_secrets *secrets, const void *octets, size_t len)
{
    const tg_bytes all[] = { secrets->psk_i, secrets->psk_r, secrets->psk_kms, secrets->tpk, secrets->env_key_i,
                             secrets->env_key_r, secrets->mpki, secrets->mpkr, secrets->mpkr_forked };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        check_no_secret(all[i], octets, len);
}

/* Keys that a KEMAC holds are the fuzzer's choice and left out. */
static void check_finding_shows_no_key(const tg_known *known, const tg_judgement *j, const tg_finding *finding)
{
    const tg_derived *d = &j->derived;
    const tg_bytes keys[] = { d->auth_key, d->encr_key, d->salt_key, d->ticket.auth_key, d->ticket.encr_key,
                              d->ticket.salt_key, d->vr.auth_key };
    const char *const texts[] = { finding->text, finding->path };
    for (size_t t = 0; t < 2; t++) {
        fuzz_check_no_secrets(&known->secrets, texts[t], strlen(texts[t]));
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
            check_no_secret(keys[i], texts[t], strlen(texts[t]));
    }
}

/* ---- the judge ---------------------------------------------------------------------------------------------- */

static void digest(uint64_t *to, const void *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        *to = (*to ^ ((const uint8_t *)data)[i]) * 0x100000001b3u; /* FNV-1a */
}

static void digest_bytes(uint64_t *to, tg_bytes bytes)
{
    digest(to, &bytes.len, sizeof bytes.len);
    digest(to, bytes.data, bytes.len);
}

static void digest_derived(uint64_t *to, const tg_derived *d)
{
    const tg_bytes all[] = { d->auth_key, d->encr_key, d->salt_key, d->iv, d->mac_input, d->kemac_plain, d->env_key,
                             d->ticket.auth_key, d->ticket.encr_key, d->ticket.salt_key, d->ticket.iv,
                             d->ticket.mac_input, d->ticket.kemac_plain, d->ticket.mpk, d->vr.auth_key,
                             d->vr.mac_input, d->mpki, d->mpkr, d->mpkr_forked };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        digest_bytes(to, all[i]);
    for (size_t i = 0; i < d->num_cs; i++) {
        digest(to, &d->cs[i].cs_id, 1);
        digest_bytes(to, d->cs[i].tek);
        digest_bytes(to, d->cs[i].salt);
    }
}

static bool is_outcome(tg_outcome outcome)
{
    return outcome == TG_OUTCOME_ABSENT || outcome == TG_OUTCOME_SKIPPED || outcome == TG_OUTCOME_OK ||
           outcome == TG_OUTCOME_FAIL;
}

static void check_finding(const tg_finding *finding, size_t len)
{
    const tg_requirement *row = finding->requirement;
    FUZZ_CHECK(row && tg_requirement_find(row->id) == row, "judgement", "a finding without a row of the catalogue");
    FUZZ_CHECK(memchr(finding->path, '\0', sizeof finding->path) && finding->path[0], "judgement", "%s has no path",
               row->id);
    FUZZ_CHECK(memchr(finding->text, '\0', sizeof finding->text) && finding->text[0], "judgement", "%s has no text",
               row->id);
    FUZZ_CHECK(finding->offset <= len && finding->length <= len - finding->offset, "judgement",
               "%s at octets %zu+%zu of %zu", row->id, finding->offset, finding->length, len);
}

/* CONVERSATION.md section 2: verdict, and what a message that does not parse may say. */
static void check_judgement(const tg_known *known, const tg_judgement *j, tg_bytes octets, uint64_t *to)
{
    const tg_outcome outcomes[] = { j->auth, j->ticket_auth, j->vr_auth, j->kemac };
    bool rejected = j->parse != TG_OK || j->reception == TG_RECEPTION_REJECT;
    for (size_t i = 0; i < 4; i++) {
        FUZZ_CHECK(is_outcome(outcomes[i]), "judgement", "outcome %d", (int)outcomes[i]);
        FUZZ_CHECK(j->parse == TG_OK || outcomes[i] == TG_OUTCOME_SKIPPED, "judgement", "%s of what does not parse",
                   tg_outcome_name(outcomes[i]));
        rejected = rejected || outcomes[i] == TG_OUTCOME_FAIL;
        digest(to, &outcomes[i], sizeof outcomes[i]);
    }
    FUZZ_CHECK((j->parse == TG_OK) == (j->message != NULL), "judgement", "a message and a parse error, or neither");
    bool is_error = j->message && j->message->hdr.data_type == TG_DATA_TYPE_ERROR;
    rejected = rejected || j->auth == TG_OUTCOME_SKIPPED || (j->auth == TG_OUTCOME_ABSENT && !is_error);
    FUZZ_CHECK(tg_judgement_is_accepted(j) == !rejected, "judgement", "%s, and it is %s", rejected ? "bad" : "good",
               rejected ? "accepted" : "rejected");
    FUZZ_CHECK(j->kemac != TG_OUTCOME_OK || j->derived.kemac_plain.data || !j->keys, "judgement", "keys from nothing");
    for (size_t i = 0; i < j->num_findings; i++) {
        check_finding(j->findings[i], octets.len);
        check_finding_shows_no_key(known, j, j->findings[i]);
        digest(to, j->findings[i]->requirement->id, strlen(j->findings[i]->requirement->id));
        digest(to, j->findings[i]->path, strlen(j->findings[i]->path));
        digest(to, j->findings[i]->text, strlen(j->findings[i]->text));
    }
    digest(to, &j->parse, sizeof j->parse);
    digest_derived(to, &j->derived);
}

static const tg_conversation *judge_in(size_t which, const tg_known *known, const tg_sent *sent, size_t num,
                                       uint64_t *to)
{
    /* What the run before left there goes, but not what was never used: that is most of it. */
    static size_t dirty[2];
    memset(world.memory[which].data, world.memory[which].fill, dirty[which]);
    tg_arena arena = tg_arena_of(world.memory[which].data, MEMORY);
    tg_conversation *conversation = NULL;
    *to = 0xcbf29ce484222325u;
    tg_status status = tg_conversation_new(world.crypto, known, num, &arena, &conversation);
    for (size_t i = 0; status == TG_OK && i < num; i++) {
        size_t before = tg_conversation_num(conversation);
        status = tg_conversation_add(conversation, &sent[i]);
        FUZZ_CHECK(tg_conversation_num(conversation) == before + (status == TG_OK), "judgement", "%zu messages after %s",
                   tg_conversation_num(conversation), tg_status_name(status));
    }
    dirty[which] = arena.used;
    digest(to, &status, sizeof status);
    if (status != TG_OK) {
        FUZZ_CHECK(tg_status_class(status) == TG_CLASS_LIMIT, "judgement", "%s instead of a judgement",
                   tg_status_name(status));
        return NULL;
    }
    bool accepted = true;
    for (size_t i = 0; i < num; i++) {
        const tg_judgement *j = tg_conversation_judgement(conversation, i);
        check_judgement(known, j, sent[i].octets, to);
        accepted = accepted && tg_judgement_is_accepted(j);
    }
    FUZZ_CHECK(tg_conversation_is_accepted(conversation) == accepted, "judgement", "the verdict is not that of all");
    return conversation;
}

const tg_conversation *fuzz_judge(const tg_known *known, const tg_sent *sent, size_t num)
{
    uint64_t first, second;
    (void)judge_in(1, known, sent, num, &second);
    const tg_conversation *out = judge_in(0, known, sent, num, &first);
    FUZZ_CHECK(first == second, "same_judgement", "another judgement in memory that held other octets");
    return out;
}

/* ---- sealing again ------------------------------------------------------------------------------------------ */

/* Writes the MAC of `input` into `field`, a view of the message at `octets`; false when nothing is known to do it with. */
static bool write_mac(const tg_message *message, uint8_t *octets, tg_bytes field, uint8_t mac_alg, tg_bytes key,
                      tg_bytes input)
{
    tg_coverage covered = { 0 };
    uint8_t mac[TG_MAC_MAX];
    size_t mac_len, key_len;
    if (!key.len || !input.data || !tg_mac_sizes(mac_alg, &mac_len, &key_len) || mac_len == 0 || field.len != mac_len)
        return false;
    tg_cover_octets(input, &covered);
    FUZZ_CHECK(tg_mac(world.crypto, mac_alg, key, &covered, mac) == TG_OK, "reseal", "no MAC");
    memcpy(octets + (field.data - message->octets.data), mac, mac_len);
    return true;
}

static const tg_judgement *judge_last(const tg_known *known, const tg_sent *sent, size_t num)
{
    uint64_t ignored;
    const tg_conversation *conversation = judge_in(0, known, sent, num, &ignored);
    const tg_judgement *j = conversation ? tg_conversation_judgement(conversation, num - 1) : NULL;
    return j && j->parse == TG_OK ? j : NULL;
}

static const tg_ticket *ticket_in(const tg_message *message)
{
    return (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
}

static bool reseal_v(const tg_message *message, uint8_t *octets, const tg_payload *chain, tg_bytes key, tg_bytes input)
{
    const tg_payload *last = tg_payload_last(chain);
    if (!last || last->type != TG_PAYLOAD_V)
        return false;
    const tg_v *v = (const tg_v *)last;
    return write_mac(message, octets, v->ver_data, v->auth_alg, key, input);
}

bool fuzz_reseal_ticket(const tg_known *known, const tg_sent *sent, size_t num, uint8_t *octets)
{
    const tg_judgement *j = judge_last(known, sent, num);
    const tg_ticket *ticket = j ? ticket_in(j->message) : NULL;
    return ticket && ticket->ticket_data.form == TG_CHAIN_PAYLOADS &&
           reseal_v(j->message, octets, ticket->ticket_data.payloads, j->derived.ticket.auth_key,
                    j->derived.ticket.mac_input);
}

bool fuzz_reseal(const tg_known *known, const tg_sent *sent, size_t num, uint8_t *octets)
{
    (void)fuzz_reseal_ticket(known, sent, num, octets);
    const tg_judgement *j = judge_last(known, sent, num);
    if (!j || !reseal_v(j->message, octets, j->message->payloads, j->derived.auth_key, j->derived.mac_input))
        return false;
    /* Initiator Data is outside of the MAC just made: Vi is that V, then Vr. */
    const tg_ticket *ticket = ticket_in(j->message);
    if (ticket && ticket->initiator_data.form == TG_CHAIN_PAYLOADS) {
        const tg_v *vi = (const tg_v *)tg_payload_find(ticket->initiator_data.payloads, TG_PAYLOAD_V);
        const tg_v *v = (const tg_v *)tg_payload_last(j->message->payloads);
        if (vi && vi->ver_data.len == v->ver_data.len && vi->head.next && j->message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT)
            memcpy(octets + (vi->ver_data.data - j->message->octets.data),
                   octets + (v->ver_data.data - j->message->octets.data), v->ver_data.len);
        j = judge_last(known, sent, num);
        if (j && ticket_in(j->message))
            (void)reseal_v(j->message, octets, ticket_in(j->message)->initiator_data.payloads,
                           j->derived.vr.auth_key, j->derived.vr.mac_input);
        /* In a RESOLVE_INIT Initiator Data is covered: once more. */
        j = judge_last(known, sent, num);
        if (!j || !reseal_v(j->message, octets, j->message->payloads, j->derived.auth_key, j->derived.mac_input))
            return false;
    }
    j = judge_last(known, sent, num);
    FUZZ_CHECK(j && j->auth == TG_OUTCOME_OK, "reseal", "the right MAC: %s", j ? tg_outcome_name(j->auth) : "no parse");
    return true;
}

/* ---- forgeries ---------------------------------------------------------------------------------------------- */

static size_t without_initiator_data(tg_bytes octets, uint8_t *out, size_t capacity)
{
    tg_arena arena = tg_arena_of(out + capacity / 2, capacity / 2);
    tg_message *message;
    if (tg_message_parse(octets, &arena, &message, NULL) != TG_OK)
        return 0;
    tg_ticket *ticket = (tg_ticket *)(void *)ticket_in(message);
    if (ticket && message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT)
        ticket->initiator_data = (tg_chain){ .form = TG_CHAIN_ABSENT };
    tg_writer w = tg_writer_of(out, capacity / 2);
    return tg_message_build(message, &w) == TG_OK ? w.len : 0;
}

void fuzz_check_not_forged(const tg_judgement *judged, tg_bytes original)
{
    static uint8_t a[1 << 20], b[1 << 20];
    if (judged->auth != TG_OUTCOME_OK)
        return;
    size_t a_len = without_initiator_data(judged->message->octets, a, sizeof a);
    size_t b_len = without_initiator_data(original, b, sizeof b);
    FUZZ_CHECK(a_len > 0 && a_len == b_len && memcmp(a, b, a_len) == 0, "forged",
               "%zu octets that nobody sealed are authentic", judged->message->octets.len);
}

uint8_t *fuzz_with_payload(tg_bytes octets, const tg_payload *payload, tg_arena *arena, size_t *len)
{
    tg_message *message;
    if (tg_message_parse(octets, arena, &message, NULL) != TG_OK)
        return NULL;
    for (tg_payload **at = &message->payloads; *at; at = &(*at)->next) {
        if ((*at)->type != payload->type)
            continue;
        tg_payload *copy = tg_payload_new(arena, payload->type);
        if (!copy)
            return NULL;
        memcpy(copy, payload, tg_layout_of(payload->type)->struct_size);
        copy->next = (*at)->next;
        *at = copy;
        tg_writer w = tg_writer_of(NULL, 0);
        if (tg_message_build(message, &w) != TG_OK)
            return NULL;
        uint8_t *out = tg_arena_alloc(arena, w.len);
        *len = w.len;
        w = tg_writer_of(out, *len);
        return out && tg_message_build(message, &w) == TG_OK ? out : NULL;
    }
    return NULL;
}
