/* What is wrong with what a vector says: an expectation that says nothing must not pass. */
#include <string.h>

#include "judging.h"
#include "vectors_load.h"

static bool is_one_of(const json_t *value, const char *const *names)
{
    const char *text = json_string_value(value);
    for (; text && *names; names++) {
        if (strcmp(text, *names) == 0)
            return true;
    }
    return false;
}

static bool are_ids(const json_t *sends)
{
    for (size_t i = 0; i < json_array_size(sends); i++) {
        if (!json_is_string(json_array_get(sends, i)))
            return false;
    }
    return json_array_size(sends) > 0;
}

static bool is_statement(const json_t *sends)
{
    static const char *const conforms[] = { "conforms", NULL };
    return is_one_of(sends, conforms) || are_ids(sends);
}

static const char *fault_of_profiles(json_t *profiles)
{
    static const char *const receptions[] = { "accept", "reject", "either", NULL };
    const char *name;
    json_t *judgement;
    if (json_object_size(profiles) == 0)
        return "profiles must name a profile at least.";
    json_object_foreach(profiles, name, judgement) {
        if (!is_statement(json_object_get(judgement, "sends")))
            return "sends must be \"conforms\" or an array of ids that is not empty.";
        if (!is_one_of(json_object_get(judgement, "receives"), receptions))
            return "receives must be accept, reject or either.";
    }
    return NULL;
}

static const char *fault_of_context(const json_t *context)
{
    static const char *const exchanges[] = { "initial", "update", "reuse", NULL };
    static const char *const senders[] = { "I", "R", "K", NULL };
    static const char *const m_line_kinds[] = { "rtp", "tls", NULL };
    const json_t *exchange = json_object_get(context, "exchange"), *sender = json_object_get(context, "sender");
    const json_t *m_lines = json_object_get(context, "m_lines"), *tpk = json_object_get(context, "tpk_at_hand");
    if (!json_is_object(context))
        return "context must be an object.";
    if (exchange && !is_one_of(exchange, exchanges))
        return "context.exchange must be initial, update or reuse.";
    if (sender && !is_one_of(sender, senders))
        return "context.sender must be I, R or K.";
    if (tpk && !json_is_boolean(tpk))
        return "context.tpk_at_hand must be true or false.";
    if (m_lines && (!json_is_array(m_lines) || json_array_size(m_lines) > JUDGING_MAX_M_LINES))
        return "context.m_lines must be an array, of 64 at the most.";
    for (size_t i = 0; i < json_array_size(m_lines); i++) {
        if (!is_one_of(json_array_get(m_lines, i), m_line_kinds))
            return "context.m_lines must hold rtp and tls.";
    }
    return NULL;
}

static const char *fault_of_outcome(const json_t *tree, const json_t *error)
{
    static const char *const strings[] = { "status", "id", "path" };
    const json_t *offset = json_object_get(error, "offset");
    bool has_tree = tree && !json_is_null(tree), has_error = error && !json_is_null(error);
    if (has_tree == has_error || (has_tree && !json_is_object(tree)) || (has_error && !json_is_object(error)))
        return "Exactly one of tree and error must be an object, the other null.";
    if (has_tree)
        return NULL;
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        if (!json_is_string(json_object_get(error, strings[i])))
            return "error must have the strings status, id and path.";
    }
    if (!json_is_integer(offset) || json_integer_value(offset) < 0)
        return "error.offset must be an integer, and not negative.";
    return NULL;
}

static const char *fault_of_parentage(const vector *v)
{
    const json_t *flags = json_object_get(v->json, "flags");
    bool broken = false;
    for (size_t i = 0; i < json_array_size(flags); i++)
        broken = broken || strcmp(json_string_value(json_array_get(flags, i)), "broken") == 0;
    if (v->parent && strcmp(v->parent, v->id) == 0)
        return "The vector is its own parent.";
    return broken && !v->parent ? "A broken vector must name its parent." : NULL;
}

static bool is_id(const char *id, const char *prefix)
{
    return strncmp(id, prefix, 4) == 0 && strlen(id) == 12 && strspn(id + 4, "0123456789abcdef") == 8;
}

/* ---- conversations ------------------------------------------------------------------------------------------ */

static const char *fault_of_answered_message(const json_t *message)
{
    static const char *const members[] = { "auth", "ticket_auth", "vr_auth", "kemac" };
    static const char *const outcomes[] = { "absent", "skipped", "ok", "fail", NULL };
    static const char *const parses[] = { "ok", "error", NULL };
    static const char *const receptions[] = { "reject", "ignore", "either", NULL };
    const json_t *findings = json_object_get(message, "findings");
    if (!is_one_of(json_object_get(message, "parse"), parses))
        return "parse must be ok or error.";
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (!is_one_of(json_object_get(message, members[i]), outcomes))
            return "auth, ticket_auth, vr_auth and kemac must be absent, skipped, ok or fail.";
    }
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *finding = json_array_get(findings, i);
        if (!json_is_string(json_object_get(finding, "id")) ||
            !is_one_of(json_object_get(finding, "on_receive"), receptions))
            return "A finding must have an id and on_receive.";
    }
    return json_is_array(findings) && json_is_object(json_object_get(message, "derived"))
               ? NULL
               : "findings must be an array, derived an object.";
}

static const char *fault_of_conversation(const vector *v)
{
    static const char *const verdicts[] = { "accept", "reject", NULL };
    const json_t *change = json_object_get(v->json, "change"), *answer = json_object_get(v->json, "answer");
    const json_t *messages = json_object_get(answer, "messages");
    const json_t *sent = json_object_get(json_object_get(v->json, "conversation"), "messages");
    if (!is_id(v->id, "tgc-"))
        return "id must be tgc- and eight hex digits.";
    if (json_is_object(change) != (v->parent != NULL) || (v->parent && strcmp(v->parent, v->id) == 0))
        return "A conversation with a change must name its parent, and no other.";
    if (!is_one_of(json_object_get(answer, "verdict"), verdicts))
        return "answer.verdict must be accept or reject.";
    if (!json_is_array(messages) || json_array_size(messages) == 0 || json_array_size(messages) != json_array_size(sent))
        return "answer.messages must have an entry for each message.";
    for (size_t i = 0; i < json_array_size(messages); i++) {
        const char *fault = fault_of_answered_message(json_array_get(messages, i));
        if (fault)
            return fault;
    }
    return NULL;
}

/* ---- containers and handshakes ------------------------------------------------------------------------------ */

static bool are_strings(const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (!json_is_string(json_array_get(array, i)))
            return false;
    }
    return json_is_array(array);
}

/* The members are compared one by one; here: that the answer says something. */
static const char *fault_of_answered(const vector *v, const char *prefix)
{
    static const char *const verdicts[] = { "accept", "reject", NULL };
    const json_t *change = json_object_get(v->json, "change"), *answer = json_object_get(v->json, "answer");
    if (!is_id(v->id, prefix))
        return v->kind == VECTOR_SMIME ? "id must be tgm- and eight hex digits." : "id must be tgs- and eight hex digits.";
    if (json_is_object(change) != (v->parent != NULL) || (v->parent && strcmp(v->parent, v->id) == 0))
        return "A vector with a change must name its parent, and no other.";
    if (!is_one_of(json_object_get(answer, "verdict"), verdicts))
        return "answer.verdict must be accept or reject.";
    if (!are_strings(json_object_get(answer, "findings")))
        return "answer.findings must be an array of ids.";
    if (v->kind == VECTOR_SMIME && !are_strings(json_object_get(v->json, "visible")))
        return "visible must be an array of ids.";
    return NULL;
}

const char *vectors_fault(const vector *v)
{
    if (v->kind == VECTOR_CONVERSATION)
        return fault_of_conversation(v);
    if (v->kind == VECTOR_SMIME || v->kind == VECTOR_TLS)
        return fault_of_answered(v, v->kind == VECTOR_SMIME ? "tgm-" : "tgs-");
    const char *fault = is_id(v->id, "tgv-") ? NULL : "id must be tgv- and eight hex digits.";
    if (!fault)
        fault = fault_of_parentage(v);
    if (!fault)
        fault = fault_of_outcome(json_object_get(v->json, "tree"), json_object_get(v->json, "error"));
    if (!fault)
        fault = fault_of_context(json_object_get(v->json, "context"));
    return fault ? fault : fault_of_profiles(json_object_get(v->json, "profiles"));
}
