/* A golden conversation: what the library answers, against what the conversation says. */
#include <stdio.h>
#include <stdlib.h>

#include "vectors_judge.h"

/* ---- differences -------------------------------------------------------------------------------------------- */

/* Text from around the place where two long strings begin to differ. */
static char *excerpt(keeping *k, const char *text, size_t from)
{
    size_t len = strlen(text), start = from < 16 ? 0 : (from - 16) & ~(size_t)1;
    if (len <= 96)
        return keep_text(k, "\"%s\"", text);
    return keep_text(k, "\"%s%.96s%s\" (%zu characters)", start ? "..." : "", text + start,
                     start + 96 < len ? "..." : "", len);
}

static void show_values(vectors_judge *j, json_t *expected, json_t *got, char **expected_text, char **got_text)
{
    const char *a = json_string_value(expected), *b = json_string_value(got);
    if (!a || !b) {
        *expected_text = vectors_dump(&j->keeping, expected);
        *got_text = vectors_dump(&j->keeping, got);
        return;
    }
    size_t same = 0;
    while (a[same] && a[same] == b[same])
        same++;
    *expected_text = excerpt(&j->keeping, a, same);
    *got_text = excerpt(&j->keeping, b, same);
}

/* A failure for the first difference of two values, if there is one. */
void vectors_compare(vectors_judge *j, json_t *expected, json_t *got, const char *what, const char *path)
{
    vectors_difference d = { { 0 }, NULL, NULL };
    char *expected_text, *got_text;
    if (!vectors_find_difference(expected, got, &d))
        return;
    show_values(j, d.expected, d.got, &expected_text, &got_text);
    vectors_add_failure(j, what, expected_text, got_text)->path =
        keep_text(&j->keeping, "%s%s%s", path, d.path[0] && d.path[0] != '[' ? "." : "", d.path);
}

/* ---- findings ----------------------------------------------------------------------------------------------- */

static const json_t *find_id(const json_t *findings, const char *id)
{
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const char *other = json_string_value(json_object_get(json_array_get(findings, i), "id"));
        if (other && strcmp(other, id) == 0)
            return json_array_get(findings, i);
    }
    return NULL;
}

static const char *string_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "nothing";
}

static void compare_findings(vectors_judge *j, const json_t *expected, const json_t *got, const char *path)
{
    for (size_t i = 0; i < json_array_size(got); i++) {
        const json_t *finding = json_array_get(got, i);
        const char *id = keep_text(&j->keeping, "%s", string_of(finding, "id")); /* the answer does not last */
        const json_t *wanted = find_id(expected, id);
        if (!wanted && find_id(got, id) == finding) { /* each id once */
            tg_report_failure *failure =
                vectors_add_failure(j, "A rule is found broken that is kept.", "kept",
                                    keep_text(&j->keeping, "broken: %s (%s, octet %lld)", string_of(finding, "text"),
                                              string_of(finding, "path"),
                                              (long long)json_integer_value(json_object_get(finding, "offset"))));
            failure->requirement = id;
            failure->path = keep_text(&j->keeping, "%s.findings", path);
        }
        if (wanted && strcmp(string_of(wanted, "on_receive"), string_of(finding, "on_receive")) != 0)
            vectors_add_failure(j, "A receiver does something else with a broken rule.",
                                string_of(wanted, "on_receive"),
                                keep_text(&j->keeping, "%s", string_of(finding, "on_receive")))
                ->requirement = id;
    }
    for (size_t i = 0; i < json_array_size(expected); i++) {
        const char *id = string_of(json_array_get(expected, i), "id");
        if (find_id(got, id))
            continue;
        tg_report_failure *failure = vectors_add_failure(j, "A rule that is broken is not found.", "broken", "kept");
        failure->requirement = id;
        failure->path = keep_text(&j->keeping, "%s.findings", path);
    }
}

/* ---- answers ------------------------------------------------------------------------------------------------ */

static void compare_message(vectors_judge *j, size_t index, json_t *expected, json_t *got)
{
    static const char *const members[] = { "parse", "auth", "ticket_auth", "vr_auth", "kemac" };
    const char *path = keep_text(&j->keeping, "messages[%zu]", index);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        vectors_compare(j, json_object_get(expected, members[i]), json_object_get(got, members[i]),
                "A message is judged in another way.", keep_text(&j->keeping, "%s.%s", path, members[i]));
    compare_findings(j, json_object_get(expected, "findings"), json_object_get(got, "findings"), path);
    vectors_compare(j, json_object_get(expected, "derived"), json_object_get(got, "derived"), "Another value is derived.",
            keep_text(&j->keeping, "%s.derived", path));
}

static void compare_answers(vectors_judge *j, json_t *expected, json_t *got)
{
    json_t *expected_messages = json_object_get(expected, "messages"), *got_messages = json_object_get(got, "messages");
    vectors_compare(j, json_object_get(expected, "verdict"), json_object_get(got, "verdict"),
            "The conversation gets another verdict.", "verdict");
    for (size_t i = 0; i < json_array_size(expected_messages) || i < json_array_size(got_messages); i++)
        compare_message(j, i, json_array_get(expected_messages, i), json_array_get(got_messages, i));
}

/* The library's answer; NULL after a failure was added. */
static json_t *answer_of(vectors_judge *j, const json_t *conversation)
{
    tg_diag diag = { 0 };
    const char *reason = "";
    char *text = json_dumps(conversation, JSON_COMPACT);
    tg_status status = text ? verifying_read(&j->verifying, text, strlen(text), false, &diag, &reason) : TG_NO_MEMORY;
    free(text);
    if (status == TG_OK)
        status = verifying_judge(&j->verifying, &diag);
    if (status != TG_OK) {
        vectors_add_failure(j, "The conversation is refused, though it can be judged.", "judged",
                            reason[0] ? reason : tg_status_name(status))
            ->path = keep_text(&j->keeping, "%s", diag.path);
        return NULL;
    }
    j->ws.text.len = 0;
    tg_json_add_answer(j->verifying.judged, true, 0, &j->ws.text);
    json_t *answer =
        j->ws.text.failed ? NULL : json_loadb(j->ws.text.data, j->ws.text.len, JSON_REJECT_DUPLICATES, NULL);
    if (!answer)
        vectors_add_failure(j, "The answer could not be written.", "", "");
    return answer;
}

void vectors_judge_conversation(vectors_judge *j, const vector *v)
{
    json_t *answer = answer_of(j, json_object_get(v->json, "conversation"));
    if (answer)
        compare_answers(j, json_object_get(v->json, "answer"), answer);
    json_decref(answer);
}
