/* Parse errors and findings as JSON. */
#include "emit.h"

void tg_json_add_error(const tg_diag *diag, tg_text *out)
{
    tg_emit e = tg_emit_of(out, 0);
    tg_emit_open(&e, '{', false);
    tg_emit_member_string(&e, "status", tg_status_name(diag->status));
    tg_emit_member_string(&e, "id", diag->id ? diag->id : "");
    tg_emit_member_string(&e, "clause", diag->clause);
    tg_emit_member_string(&e, "path", diag->path);
    tg_emit_member_number(&e, "offset", diag->offset);
    tg_emit_member_string(&e, "text", tg_status_text(diag->status));
    tg_emit_close(&e, '{', false);
}

void tg_json_add_finding(const tg_finding *finding, tg_text *out)
{
    const tg_requirement *requirement = finding->requirement;
    tg_emit e = tg_emit_of(out, 0);
    tg_emit_open(&e, '{', false);
    tg_emit_member_string(&e, "id", requirement->id);
    tg_emit_member_string(&e, "level", tg_level_name(requirement->level));
    tg_emit_member_string(&e, "on_receive", tg_on_receive_name(requirement->on_receive));
    tg_emit_member_string(&e, "path", finding->path);
    tg_emit_member_number(&e, "offset", finding->offset);
    tg_emit_member_number(&e, "length", finding->length);
    tg_emit_member_string(&e, "text", finding->text);
    tg_emit_close(&e, '{', false);
}
