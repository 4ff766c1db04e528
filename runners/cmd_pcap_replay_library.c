/* pcap replay --to library, --to iut:...: each message is judged. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd_pcap_replay.h"
#include "workspace.h"

/* ---- the library --------------------------------------------------------------------------------------------- */

typedef struct described {
    char text[REPLAY_MAX_TEXT];
} described;

static void describe(void *user, const tg_judgement *judgement)
{
    replay_describe(judgement, ((described *)user)->text);
}

bool replay_to_library(replay_run *run)
{
    for (size_t i = 0; i < run->num_items && !run->failed; i++) {
        const replay_item *item = &run->items[i];
        const tgp_replay_message *m = tgp_replay_message_at(run->replay, item->message);
        const tg_bytes none = { NULL, 0 };
        replay_told told = { .outcome = REPLAY_SAME, .sent = m->octets };
        described before, after;
        if (!replay_wait(run, item))
            break;
        if (!tgp_replay_judge(run->replay, item->message, true, none, TG_SENDER_UNKNOWN, describe, &before) ||
            !tgp_replay_judge(run->replay, item->message, false, none, TG_SENDER_UNKNOWN, describe, &after)) {
            cli_complain("out of memory");
            run->failed = true;
            break;
        }
        snprintf(told.what, sizeof told.what, "%s%s%s", replay_type_name(m->octets), m->ex[0] ? ", " : "", m->ex);
        memcpy(told.captured, before.text, sizeof told.captured);
        memcpy(told.got, after.text, sizeof told.got);
        if (strcmp(before.text, after.text) != 0)
            told.outcome = REPLAY_DIFFERS;
        if (run->fresh && !m->has_keys)
            snprintf(told.note, sizeof told.note, "no keys for its conversation: as captured");
        replay_tell(run, item, &told);
    }
    return true;
}

/* ---- an implementation under test ---------------------------------------------------------------------------- */

static bool interrupted(void *user)
{
    (void)user;
    return cli_interrupted();
}

static const char *exchange_of(const tgp_replay_message *m)
{
    return strncmp(m->ex, "update", 6) == 0 ? "update" : strncmp(m->ex, "reuse", 5) == 0 ? "reuse" : "initial";
}

static void add_finding(void *user, const tg_finding *finding)
{
    tg_reception *reception = user;
    *reception = tg_reception_add(*reception, finding->requirement);
}

/* What one message without keys shows: the same that `check` is asked. False: no memory. */
static bool judge_alone(const tgp_replay_message *m, workspace *ws, bool *parses, tg_reception *reception)
{
    const tg_message *message = NULL;
    tg_diag diag = { 0 };
    tg_context context = {
        .sender = m->from, .has_m_lines = m->has_m_lines, .m_lines = m->m_lines, .num_m_lines = m->num_m_lines
    };
    tg_status status = workspace_parse(ws, m->octets, &message, &diag);
    (void)tg_exchange_from_name(exchange_of(m), &context.exchange);
    *parses = status == TG_OK;
    *reception = *parses ? TG_RECEPTION_ACCEPT : TG_RECEPTION_REJECT;
    if (*parses && m->profile)
        tg_rules_check(message, m->profile, &context, (tg_finding_sink){ add_finding, reception });
    return status != TG_NO_MEMORY;
}

static const char *const expected[] = { "accept", "accept or reject", "reject" };

static void add_words(char out[REPLAY_MAX_TEXT], const char *call, const char *word, const char *error)
{
    char cleaned[256] = "";
    size_t len = strlen(out);
    if (error)
        replay_put(cleaned, sizeof cleaned, error, strlen(error));
    snprintf(out + len, REPLAY_MAX_TEXT - len, "%s%s: %s%s%s", len ? "; " : "", call, word, cleaned[0] ? ", " : "",
             cleaned);
}

/* True: it answered, or broke down and can be asked again. */
static bool take_answer(iut *u, const char *call, iut_fault fault, const tgi_reply *reply, tg_reception wanted,
                        replay_told *told)
{
    add_words(told->captured, call, expected[wanted], NULL);
    if (fault == IUT_INTERRUPTED)
        return false;
    if (fault != IUT_OK) {
        add_words(told->got, call, iut_fault_name(fault), iut_fault_text(u));
        told->outcome = REPLAY_DIFFERS;
        return fault != IUT_GONE;
    }
    bool unsupported = reply->outcome == TGI_UNSUPPORTED, accepted = reply->outcome == TGI_ACCEPTED;
    add_words(told->got, call, unsupported ? "unsupported" : accepted ? "accept" : "reject", reply->error);
    if (!unsupported && ((accepted && wanted == TG_RECEPTION_REJECT) || (!accepted && wanted == TG_RECEPTION_ACCEPT)))
        told->outcome = REPLAY_DIFFERS;
    else if (!unsupported && told->outcome == REPLAY_SILENT)
        told->outcome = REPLAY_SAME;
    return true;
}

static tgi_role role_of(tg_sender from)
{
    return from == TG_SENDER_I   ? TGI_INITIATOR
           : from == TG_SENDER_R ? TGI_RESPONDER
           : from == TG_SENDER_K ? TGI_KMS
                                 : 0;
}

static bool ask(iut *u, const tgp_replay_message *m, workspace *ws, replay_told *told)
{
    bool parses, goes_on = true;
    tg_reception reception;
    tgi_reply reply = { .size = sizeof reply };
    const tgi_octets octets = { m->octets.data, m->octets.len };
    if (!judge_alone(m, ws, &parses, &reception))
        return false;
    if (iut_can(u, "decode"))
        goes_on = take_answer(u, "decode", iut_decode(u, octets, &reply), &reply,
                              parses ? TG_RECEPTION_ACCEPT : TG_RECEPTION_REJECT, told);
    if (goes_on && iut_can(u, "check") && m->profile && iut_has_profile(u, m->profile->name)) {
        reply = (tgi_reply){ .size = sizeof reply };
        iut_fault fault = iut_check(u, octets, m->profile->name, exchange_of(m), role_of(m->from), &reply);
        goes_on = take_answer(u, "check", fault, &reply, reception, told);
    }
    if (!told->got[0] && goes_on)
        snprintf(told->note, sizeof told->note, "it declares neither decode nor check for this profile");
    return goes_on;
}

bool replay_to_iut(replay_run *run)
{
    const char *target = strcmp(run->to, "iut:reference") == 0 ? NULL : run->to + 4, *why = "";
    const iut_options how = { .target = target,
                              .timeout_ms = (unsigned)run->timeout * 1000,
                              .interrupted = interrupted };
    workspace ws = { 0 };
    iut *u = iut_attach(&how, &why);
    if (!u) {
        if (!cli_interrupted())
            cli_complain("%s: %s", run->to, why);
        return false;
    }
    for (size_t i = 0; i < run->num_items && !run->failed && !run->gone; i++) {
        const replay_item *item = &run->items[i];
        const tgp_replay_message *m = tgp_replay_message_at(run->replay, item->message);
        replay_told told = { .outcome = REPLAY_SILENT, .sent = m->octets };
        snprintf(told.what, sizeof told.what, "%s%s%s", replay_type_name(m->octets), m->ex[0] ? ", " : "", m->ex);
        if (!replay_wait(run, item))
            break;
        run->gone = !ask(u, m, &ws, &told);
        if (!cli_interrupted())
            replay_tell(run, item, &told);
        if (told.outcome == REPLAY_SAME)
            iut_case_done(u);
    }
    iut_detach(u);
    workspace_free(&ws);
    return true;
}
