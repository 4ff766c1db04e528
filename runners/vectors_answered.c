/* Golden containers (vectors/SMIME.md, section 5) and handshakes (vectors/TLS.md, section 4): the library's whole answer, against what the
 * vector says.
 */
#include <stdlib.h>

#include "ask.h"
#include "judged.h"
#include "smime_question.h"
#include "vectors_judge.h"

/* ---- findings ----------------------------------------------------------------------------------------------- */

static bool holds(const json_t *ids, const char *id)
{
    for (size_t i = 0; i < json_array_size(ids); i++) {
        if (strcmp(json_string_value(json_array_get(ids, i)), id) == 0)
            return true;
    }
    return false;
}

/* The first of `findings` (objects with id, place and text) that breaks a row. */
static const json_t *first_of(const json_t *findings, const char *id)
{
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const char *other = json_string_value(json_object_get(json_array_get(findings, i), "id"));
        if (other && strcmp(other, id) == 0)
            return json_array_get(findings, i);
    }
    return NULL;
}

/* `expected`: ids; `got`: findings (an error that no row speaks of has none). Both are sets. */
static void compare_findings(vectors_judge *j, const json_t *expected, const json_t *got, const char *path)
{
    for (size_t i = 0; i < json_array_size(got); i++) {
        const json_t *finding = json_array_get(got, i);
        const char *id = json_string_value(json_object_get(finding, "id"));
        if (!id || !id[0] || holds(expected, id) || first_of(got, id) != finding)
            continue;
        const char *text = json_string_value(json_object_get(finding, "text")),
                   *place = json_string_value(json_object_get(finding, "path"));
        tg_report_failure *failure = vectors_add_failure(j, "A rule is found broken that is kept.", "kept",
                                                         keep_text(&j->keeping, "broken: %s", text ? text : ""));
        failure->requirement = keep_text(&j->keeping, "%s", id); /* the answer does not last */
        failure->path = keep_text(&j->keeping, "%s: %s", path, place ? place : "");
        failure->has_place = j->octets.len > 0;
        failure->offset = (size_t)json_integer_value(json_object_get(finding, "offset"));
        failure->length = (size_t)json_integer_value(json_object_get(finding, "length"));
    }
    for (size_t i = 0; i < json_array_size(expected); i++) {
        const char *id = json_string_value(json_array_get(expected, i));
        if (first_of(got, id))
            continue;
        tg_report_failure *failure = vectors_add_failure(j, "A rule that is broken is not found.", "broken", "kept");
        failure->requirement = id;
        failure->path = keep_text(&j->keeping, "%s", path);
    }
}

/* Every member but the findings; one that is missing in either is a difference. */
static void compare_rest(vectors_judge *j, const json_t *expected, const json_t *got)
{
    json_t *a = json_copy((json_t *)(uintptr_t)expected), *b = json_copy((json_t *)(uintptr_t)got);
    json_object_del(a, "findings");
    json_object_del(b, "findings");
    vectors_compare(j, a, b, "The answer is another.", "answer");
    json_decref(a);
    json_decref(b);
}

/* ---- containers --------------------------------------------------------------------------------------------- */

/* The answer with "places"; NULL after a failure was added. */
static json_t *smime_answer_of(vectors_judge *j, const smime_answer *answer)
{
    j->ws.text.len = 0;
    smime_answer_add(answer, true, &j->ws.text);
    json_t *json = j->ws.text.failed ? NULL : json_loadb(j->ws.text.data, j->ws.text.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json)
        vectors_add_failure(j, "The answer could not be written.", "", "");
    return json;
}

static void compare_octets(vectors_judge *j, const char *name, json_t *expected, tg_bytes got)
{
    char *hex = malloc(tg_hex_encoded_size(got.len));
    if (!hex)
        return;
    tg_hex_encode(got, hex);
    json_t *value = json_string(hex);
    vectors_compare(j, expected, value, "It was made with another value.",
                    keep_text(&j->keeping, "intermediates.%s", name));
    json_decref(value);
    free(hex);
}

/* Each is there, in any order. */
static void compare_wrapped(vectors_judge *j, const json_t *wrapped, const tg_smime *container)
{
    for (size_t i = 0; i < json_array_size(wrapped); i++) {
        const char *hex = json_string_value(json_array_get(wrapped, i));
        bool found = false;
        for (size_t k = 0; hex && k < container->num_recipients && !found; k++) {
            tg_bytes key = container->recipients[k].encrypted_key;
            char *text = malloc(tg_hex_encoded_size(key.len));
            if (text)
                tg_hex_encode(key, text);
            found = text && container->recipients[k].kind == TG_SMIME_KEKRI && strcmp(text, hex) == 0;
            free(text);
        }
        if (!found)
            vectors_add_failure(j, "A wrapped key is not in the container.", hex ? hex : "a string", "nothing")->path =
                keep_text(&j->keeping, "intermediates.wrapped[%zu]", i);
    }
}

/* What a container that opens was made with. A change may have spoiled that of its parent. */
static void compare_intermediates(vectors_judge *j, const vector *v, const smime_answer *answer)
{
    const json_t *expected = json_object_get(v->json, "intermediates");
    const tg_smime *container = answer->container;
    if (v->parent || !container || answer->outcome != TG_SMIME_OPENED || !json_is_object(expected))
        return;
    const struct {
        const char *name;
        tg_bytes octets;
    } values[] = { { "cek", tg_bytes_of(answer->opened->cek, answer->opened->cek_len) },
                   { "nonce", container->nonce },
                   { "aad", container->auth_attrs_octets },
                   { "tag", container->mac },
                   { "plaintext", answer->content } };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        json_t *value = json_object_get(expected, values[i].name);
        if (value && !json_is_null(value))
            compare_octets(j, values[i].name, value, values[i].octets);
    }
    compare_wrapped(j, json_object_get(expected, "wrapped"), container);
}

/* False after a failure was added: `out` is empty then. */
static bool judge_question(vectors_judge *j, const smime_ask *ask, smime_answer *out)
{
    tg_status status = smime_answer_make(j->verifying.crypto, ask, out);
    if (status == TG_OK)
        return true;
    vectors_add_failure(j, "It could not be judged.", "judged", tg_status_name(status));
    smime_answer_free(out);
    return false;
}

static void compare_visible(vectors_judge *j, const vector *v, const smime_question *question)
{
    smime_ask ask = question->ask;
    smime_answer answer;
    ask.how.num_keys = 0;
    ask.conversation = NULL;
    if (!judge_question(j, &ask, &answer))
        return;
    json_t *got = smime_answer_of(j, &answer);
    if (got)
        compare_findings(j, json_object_get(v->json, "visible"), json_object_get(got, "places"), "visible");
    json_decref(got);
    smime_answer_free(&answer);
}

void vectors_judge_smime(vectors_judge *j, const vector *v)
{
    smime_question question;
    smime_answer answer;
    const char *reason;
    if (!smime_answer_init()) {
        vectors_add_failure(j, "The MIME and SIP parsers could not be set up.", "", "");
        return;
    }
    if (!smime_question_read(&question, &j->verifying, v->json, &reason)) {
        vectors_add_failure(j, keep_text(&j->keeping, "The vector asks nothing that can be judged: %s", reason), "",
                            "");
        return;
    }
    uint8_t *kept = keep_memory(&j->keeping, question.len); /* the report shows them */
    if (question.len > 0)
        memcpy(kept, question.octets, question.len);
    j->octets = tg_bytes_of(kept, question.len);
    if (judge_question(j, &question.ask, &answer)) {
        json_t *got = smime_answer_of(j, &answer);
        const json_t *expected = json_object_get(v->json, "answer");
        if (got) {
            compare_findings(j, json_object_get(expected, "findings"), json_object_get(got, "places"),
                             "answer.findings");
            json_object_del(got, "places");
            compare_rest(j, expected, got);
        }
        json_decref(got);
        compare_intermediates(j, v, &answer);
        smime_answer_free(&answer);
        compare_visible(j, v, &question);
    }
    smime_question_free(&question);
}

/* ---- handshakes --------------------------------------------------------------------------------------------- */

/* The library's answer without the place of an error, which the contract leaves open. */
static json_t *tls_answer_of(vectors_judge *j, const tls_judged *judged)
{
    j->ws.text.len = 0;
    tls_judged_add(judged, &j->ws.text);
    json_t *json = j->ws.text.failed ? NULL : json_loadb(j->ws.text.data, j->ws.text.len, JSON_REJECT_DUPLICATES, NULL);
    json_t *error = json_object_get(json, "error");
    if (json_is_object(error))
        json_object_set_new(json, "error", json_pack("{s:O}", "status", json_object_get(error, "status")));
    if (!json)
        vectors_add_failure(j, "The answer could not be written.", "", "");
    return json;
}

void vectors_judge_tls(vectors_judge *j, const vector *v)
{
    tls_ask ask;
    tls_judged judged;
    char path[64] = "", *text = json_dumps(json_object_get(v->json, "ask"), JSON_COMPACT);
    const char *reason = "Memory ran out.";
    bool ok = text && tls_ask_read(text, strlen(text), &j->verifying, &ask, path, &reason);
    free(text);
    if (!ok) {
        vectors_add_failure(j, keep_text(&j->keeping, "The vector asks nothing that can be judged: %s", reason), "", "")
            ->path = keep_text(&j->keeping, "ask.%s", path);
        return;
    }
    tls_judge(j->verifying.crypto, &ask.known, ask.segments, ask.num, &judged);
    json_t *got = tls_answer_of(j, &judged);
    const json_t *expected = json_object_get(v->json, "answer");
    if (got) {
        compare_findings(j, json_object_get(expected, "findings"), json_object_get(got, "findings"), "answer.findings");
        compare_rest(j, expected, got);
    }
    json_decref(got);
    tls_judged_free(&judged);
    tls_ask_free(&ask);
}
