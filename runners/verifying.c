#include "verifying.h"

#include <stdlib.h>

#include "cli.h"

#define FIRST_MEMORY ((size_t)16 << 20)
/* What a few messages say again and again (the initial message under the MAC of many responses) could take far more. */
#define MOST_MEMORY ((size_t)256 << 20)

static void wipe_memory(verifying_memory *memory)
{
    tg_arena_wipe(&memory->arena, 0);
}

static void free_memory(verifying_memory *memory)
{
    wipe_memory(memory);
    free(memory->data);
    *memory = (verifying_memory){ 0 };
}

/* An empty arena of at least `wanted` octets. */
static bool provide(verifying_memory *memory, size_t wanted)
{
    if (wanted > memory->capacity) {
        free_memory(memory);
        memory->data = malloc(wanted);
        memory->capacity = memory->data ? wanted : 0;
    } else {
        wipe_memory(memory);
    }
    memory->arena = tg_arena_of(memory->data, memory->capacity);
    return memory->data != NULL;
}

bool verifying_init(verifying *v)
{
    *v = (verifying){ 0 };
    judging_init(&v->judging);
    if (tg_crypto_new(&v->crypto) == TG_OK)
        return true;
    cli_complain("the cryptographic library could not be set up");
    return false;
}

void verifying_wipe(verifying *v)
{
    tg_json_conversation_free(&v->conversation);
    v->judged = NULL;
    wipe_memory(&v->read_memory);
    wipe_memory(&v->judge_memory);
}

void verifying_free(verifying *v)
{
    tg_json_conversation_free(&v->conversation);
    free_memory(&v->read_memory);
    free_memory(&v->judge_memory);
    judging_free(&v->judging);
    tg_crypto_free(v->crypto);
    v->crypto = NULL;
}

static bool take_setting(verifying *v, const char *text)
{
    const char *equals = strchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : 0;
    tg_settings scratch = { 0 };
    if (v->num_settings == VERIFYING_MAX_SETTINGS) {
        cli_complain("--set: %d at the most", VERIFYING_MAX_SETTINGS);
        return false;
    }
    if (equals && len < sizeof v->settings[0].name) {
        memcpy(v->settings[v->num_settings].name, text, len);
        v->settings[v->num_settings].name[len] = '\0';
        v->settings[v->num_settings].value = equals + 1;
        if (tg_setting_set(&scratch, v->settings[v->num_settings].name, equals + 1)) {
            v->num_settings++;
            return true;
        }
    }
    cli_complain("--set %s: there is no such setting, or it has no such value (see ticketgate profiles)", text);
    return false;
}

bool verifying_take(verifying *v, const char *name, const char *value, bool *known)
{
    *known = strcmp(name, "profile") == 0 || strcmp(name, "set") == 0;
    if (strcmp(name, "set") == 0)
        return take_setting(v, value);
    if (!*known)
        return true;
    bool ok = judging_take_profile(&v->judging, value);
    v->profile = v->judging.profile;
    return ok;
}

tg_status verifying_read(verifying *v, const char *json, size_t len, bool without_messages, tg_diag *diag,
                         const char **reason)
{
    const tg_json_conversation_options options = { .profile = v->profile, .without_messages = without_messages,
                                                    .with_gap = v->with_gap };
    verifying_wipe(v);
    if (len > VERIFYING_MAX_TEXT || !provide(&v->read_memory, tg_json_conversation_arena_size(len))) {
        *diag = (tg_diag){ .status = TG_TOO_LARGE, .id = "" };
        *reason = len > VERIFYING_MAX_TEXT ? "The text is longer than 64 MiB." : "Memory ran out.";
        return TG_TOO_LARGE;
    }
    tg_status status =
        tg_json_to_conversation(json, len, v->crypto, &options, &v->read_memory.arena, &v->conversation, diag, reason);
    if (status != TG_OK)
        return status;
    v->conversation.known.without_inputs = v->without_inputs;
    for (size_t i = 0; i < v->num_settings; i++)
        (void)tg_setting_set(&v->conversation.known.profile.settings, v->settings[i].name, v->settings[i].value);
    return TG_OK;
}

static tg_status judge_in(verifying *v)
{
    const tg_json_conversation *c = &v->conversation;
    tg_status status = tg_conversation_new(v->crypto, &c->known, c->num_sent, &v->judge_memory.arena, &v->judged);
    for (size_t i = 0; status == TG_OK && i < c->num_sent; i++)
        status = tg_conversation_add(v->judged, &c->sent[i]);
    return status;
}

/* The first message that a limit kept from being read (chains nested too deeply): that is no judgement of the message. */
static tg_status limit_met(const verifying *v, tg_diag *diag)
{
    for (size_t i = 0; i < tg_conversation_num(v->judged); i++) {
        const tg_judgement *judgement = tg_conversation_judgement(v->judged, i);
        if (tg_status_class(judgement->parse) == TG_CLASS_LIMIT) {
            *diag = judgement->diag;
            return judgement->parse;
        }
    }
    return TG_OK;
}

tg_status verifying_judge(verifying *v, tg_diag *diag)
{
    size_t total = 0;
    for (size_t i = 0; i < v->conversation.num_sent; i++)
        total += v->conversation.sent[i].octets.len;
    size_t enough = tg_conversation_arena_size(total, v->conversation.num_sent);
    if (enough > MOST_MEMORY)
        enough = MOST_MEMORY;
    size_t wanted = enough < FIRST_MEMORY ? enough : FIRST_MEMORY;
    if (wanted < v->judge_memory.capacity)
        wanted = v->judge_memory.capacity;
    tg_status status = provide(&v->judge_memory, wanted) ? judge_in(v) : TG_NO_MEMORY;
    /* What is enough for the worst of messages is seldom needed: with four times the memory it is judged again from the start. */
    while (status == TG_ARENA_FULL && wanted < enough) {
        wanted = wanted < enough / 4 ? wanted * 4 : enough;
        status = provide(&v->judge_memory, wanted) ? judge_in(v) : TG_NO_MEMORY;
    }
    *diag = (tg_diag){ .status = status, .id = "" };
    if (status == TG_OK)
        status = limit_met(v, diag);
    if (status != TG_OK)
        verifying_wipe(v);
    return status;
}
