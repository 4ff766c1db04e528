#include "answer.h"

#include "cli.h"

void answer_add(tg_text *out, const char *text)
{
    tg_text_add(out, text, strlen(text));
}

tg_status answer_begin(const tg_message *message, unsigned indent, tg_text *out)
{
    answer_add(out, "{\"ok\":true,\"message\":");
    return tg_json_from_message(message, indent, out);
}

void answer_error(const tg_diag *diag, tg_text *out)
{
    out->len = 0; /* what was begun does not count */
    answer_add(out, "{\"ok\":false,\"error\":");
    tg_json_add_error(diag, out);
    answer_add(out, "}\n");
}

bool answer_send(tg_text *text)
{
    bool ok = !text->failed;
    if (ok)
        cli_write(text->data, text->len);
    else
        cli_complain("out of memory");
    text->len = 0;
    return ok;
}

bool answer_send_line(tg_text *text)
{
    answer_add(text, "\n");
    size_t len = text->len;
    bool ok = answer_send(text);
    if (text->data)
        tg_wipe(text->data, len < text->capacity ? len : text->capacity);
    text->failed = false;
    return ok;
}
