/* Findings as expert information. SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each row of the catalogue that one message may break is an expert field, mikey_ticket.RFC6043_6.10_x03, so that it can be filtered for.
 */
#include "mikey_ticket.h"

#include <epan/expert.h>

#define PREFIX "mikey_ticket"

static expert_field ei_fault = EI_INIT, ei_more = EI_INIT, ei_other = EI_INIT;
static expert_field *ei_rows; /* of the catalogue; EI_INIT for rows that are not judged here */

static bool is_judged_here(const tg_requirement *row)
{
    return row->how == TG_HOW_PARSE || (row->how == TG_HOW_CHECK && strcmp(row->room, "rules") == 0);
}

static int severity_of(tg_level level)
{
    switch (level) {
    case TG_LEVEL_MUST:
        return PI_ERROR;
    case TG_LEVEL_SHOULD:
        return PI_WARN;
    default:
        return PI_NOTE;
    }
}

/* A minus in a display filter subtracts: "_" in its place. */
static const char *abbrev_of(const tg_requirement *row)
{
    char *name = wmem_strdup_printf(wmem_epan_scope(), PREFIX ".%s", row->id);
    for (char *c = name; *c; c++) {
        if (*c == '-')
            *c = '_';
    }
    return name;
}

static void add(wmem_array_t *all, expert_field *field, const char *name, int group, int severity, const char *summary)
{
    ei_register_info made = { field, { name, group, severity, summary, EXPFILL } };
    *field = (expert_field)EI_INIT;
    wmem_array_append_one(all, made);
}

void mt_findings_register(int protocol)
{
    size_t num;
    const tg_requirement *rows = tg_requirements(&num);
    wmem_array_t *all = wmem_array_new(wmem_epan_scope(), sizeof(ei_register_info));
    add(all, &ei_fault, PREFIX ".unreadable", PI_MALFORMED, PI_ERROR, "The message cannot be read");
    add(all, &ei_more, PREFIX ".more_findings", PI_PROTOCOL, PI_WARN, "More findings than are shown");
    add(all, &ei_other, PREFIX ".other_finding", PI_PROTOCOL, PI_ERROR, "A requirement is broken");
    ei_rows = wmem_alloc_array(wmem_epan_scope(), expert_field, num);
    for (size_t i = 0; i < num; i++) {
        ei_rows[i] = (expert_field)EI_INIT;
        if (is_judged_here(&rows[i]))
            add(all, &ei_rows[i], abbrev_of(&rows[i]), rows[i].how == TG_HOW_PARSE ? PI_MALFORMED : PI_PROTOCOL,
                severity_of(rows[i].level), rows[i].text);
    }
    expert_register_field_array(expert_register_protocol(protocol), wmem_array_get_raw(all),
                                (int)wmem_array_get_count(all));
}

static expert_field *field_of(const tg_requirement *row, expert_field *otherwise)
{
    size_t num;
    const tg_requirement *rows = tg_requirements(&num);
    return row && ei_rows[row - rows].ei >= 0 ? &ei_rows[row - rows] : otherwise;
}

/* ---- one message ------------------------------------------------------------------------------------------------ */

typedef struct judging {
    const mt_view *view;
    size_t num;
} judging;

/* Hangs a finding below what it is about. */
static proto_item *add_finding(const mt_view *view, const char *id, const char *clause, const char *level,
                               const char *path, size_t offset, size_t length)
{
    if (offset > view->len)
        offset = view->len;
    if (length > view->len - offset)
        length = view->len - offset;
    proto_tree *where = proto_item_add_subtree(mt_tree_place(view, offset, length), mt_ett_field);
    proto_item *item = proto_tree_add_string(where, mt_hf_finding, view->tvb, (int)offset, (int)length, id);
    proto_tree *tree = proto_item_add_subtree(item, mt_ett_field);
    const struct {
        int hf;
        const char *value;
    } about[] = { { mt_hf_finding_clause, clause }, { mt_hf_finding_level, level }, { mt_hf_finding_path, path } };
    for (size_t i = 0; i < sizeof about / sizeof about[0]; i++)
        proto_item_set_generated(
            proto_tree_add_string(tree, about[i].hf, view->tvb, (int)offset, (int)length, about[i].value));
    proto_item_set_generated(item);
    return item;
}

static void take(void *user, const tg_finding *finding)
{
    judging *j = user;
    const tg_requirement *row = finding->requirement;
    char clause[64];
    if (j->num++ >= MT_MAX_FINDINGS)
        return;
    snprintf(clause, sizeof clause, "%s %s", row->source, row->clause);
    proto_item *item = add_finding(j->view, row->id, clause, tg_level_name(row->level), finding->path, finding->offset,
                                   finding->length);
    expert_add_info_format(j->view->pinfo, item, field_of(row, &ei_other), "%s (%s %s, %s): %s %s", row->id,
                           row->source, row->clause, tg_level_name(row->level), row->text, finding->text);
}

void mt_findings_add(const mt_view *view, const tg_message *message, const tg_profile *profile,
                     const tg_context *context)
{
    judging j = { .view = view };
    tg_rules_check(message, profile, context, (tg_finding_sink){ take, &j });
    if (j.num > MT_MAX_FINDINGS)
        expert_add_info_format(view->pinfo, view->root, &ei_more, "%zu findings more than the %d shown",
                               j.num - MT_MAX_FINDINGS, MT_MAX_FINDINGS);
}

void mt_findings_add_fault(const mt_view *view, const tg_diag *diag)
{
    const tg_requirement *row = diag->id[0] ? tg_requirement_find(diag->id) : NULL;
    proto_item *item = add_finding(view, diag->id, diag->clause, row ? tg_level_name(row->level) : "", diag->path,
                                   diag->offset, diag->offset < view->len ? 1 : 0);
    expert_add_info_format(view->pinfo, item, field_of(row, &ei_fault), "%s%s%s%s%s%s (at %s%soctet %zu)", diag->id,
                           diag->clause[0] ? " (" : "", diag->clause, diag->clause[0] ? ")" : "",
                           diag->id[0] ? ": " : "", tg_status_text(diag->status), diag->path, diag->path[0] ? ", " : "",
                           diag->offset);
}
