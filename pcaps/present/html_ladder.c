/* The call ladder as SVG: a column an end, a row a step. */
#include "html.h"

enum { LEFT = 190, LANE = 230, RIGHT = 115, TOP = 34, ROW = 42, MOST_CHARACTERS = 36, HEAD_LEN = 9, LOOP = 40 };

const char *tgp_mark_class(tgp_mark mark)
{
    static const char *const classes[] = { [TGP_MARK_NONE] = "plain",
                                           [TGP_MARK_GOOD] = "good",
                                           [TGP_MARK_COPY] = "copy",
                                           [TGP_MARK_SHOULD] = "should",
                                           [TGP_MARK_BAD] = "bad" };
    return classes[mark];
}

const char *tgp_mark_word(tgp_mark mark)
{
    static const char *const words[] = { [TGP_MARK_NONE] = "",
                                         [TGP_MARK_GOOD] = "conforms",
                                         [TGP_MARK_COPY] = "copy",
                                         [TGP_MARK_SHOULD] = "conforms, with findings",
                                         [TGP_MARK_BAD] = "fails" };
    return words[mark];
}

static unsigned column_x(size_t column)
{
    return LEFT + (unsigned)column * LANE;
}

static unsigned width_of(const tgp_ladder *ladder)
{
    return column_x(ladder->num_ends ? ladder->num_ends - 1 : 0) + RIGHT;
}

static unsigned row_y(size_t row)
{
    return TOP + ROW * ((unsigned)row + 1);
}

static void add_lanes(tg_text *out, const tgp_ladder *ladder)
{
    unsigned bottom = row_y(ladder->num);
    for (size_t i = 0; i < ladder->num_ends; i++) {
        char text[TGP_ENDPOINT_MAX];
        tgp_ladder_end_text(ladder, i, text);
        tgp_add(out,
                "<text class=\"end\" x=\"%u\" y=\"18\">%s</text><line class=\"lane\" x1=\"%u\" y1=\"26\" x2=\"%u\" "
                "y2=\"%u\"/>\n",
                column_x(i), text, column_x(i), column_x(i), bottom);
    }
}

static void add_arrow(tg_text *out, unsigned from, unsigned to, unsigned y)
{
    if (from == to) { /* from an end to itself */
        tgp_add(out, "<path class=\"arrow\" d=\"M%u %u h%d v10 h-%d\"/><path class=\"head\" d=\"M%u %u l%d -4 v8 z\"/>",
                from, y - 5, LOOP, LOOP, from, y + 5, HEAD_LEN);
        return;
    }
    int back = to > from ? -HEAD_LEN : HEAD_LEN;
    tgp_add(out,
            "<line class=\"arrow\" x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\"/><path class=\"head\" d=\"M%u %u l%d -4 v8 "
            "z\"/>",
            from, y, (unsigned)((int)to + back), y, to, y, back);
}

static void add_time(tg_text *out, const tgp_ladder *ladder, const tgp_step *step, unsigned y)
{
    int64_t since = step->time - ladder->steps[0].time;
    const char *sign = since < 0 ? "-" : "+";
    uint64_t microseconds = (uint64_t)(since < 0 ? -since : since) / 1000;
    tgp_add(out, "<text class=\"time\" x=\"4\" y=\"%u\">#%llu %s%llu.%06llu</text>", y + 4,
            (unsigned long long)step->frame, sign, (unsigned long long)(microseconds / 1000000),
            (unsigned long long)(microseconds % 1000000));
}

static void add_label(tg_text *out, const tgp_step *step, unsigned from, unsigned to, unsigned y)
{
    unsigned middle = from == to ? from + LOOP + 40 : (from + to) / 2;
    tgp_add(out, "<text class=\"label\" x=\"%u\" y=\"%u\">", middle, y - 6);
    tgp_add_xml(out, step->line, MOST_CHARACTERS);
    tgp_add(out, "</text>");
    if (step->what[0]) {
        tgp_add(out, "<text class=\"label what\" x=\"%u\" y=\"%u\">", middle, y + 13);
        tgp_add_xml(out, step->what, MOST_CHARACTERS);
        if (step->num_mikey > 1)
            tgp_add(out, " and %u more", step->num_mikey - 1);
        if (step->mark != TGP_MARK_NONE && step->mark != TGP_MARK_COPY && step->kind == TGP_STEP_MIKEY)
            tgp_add(out, " %s %s", step->mark == TGP_MARK_BAD ? "\xe2\x9c\x97" : "\xe2\x9c\x93",
                    tgp_mark_word(step->mark));
        tgp_add(out, "</text>");
    }
}

static void add_step(tg_text *out, const tgp_ladder *ladder, size_t i)
{
    static const char *const kinds[] = { [TGP_STEP_SIP] = "sip",
                                         [TGP_STEP_HTTP] = "http",
                                         [TGP_STEP_MIKEY] = "mikey",
                                         [TGP_STEP_TLS] = "tls",
                                         [TGP_STEP_CONTAINER] = "sip" };
    const tgp_step *step = &ladder->steps[i];
    unsigned from = column_x(ladder->ways[i].from), to = column_x(ladder->ways[i].to), y = row_y(i);
    if (step->number != TGP_NONE)
        tgp_add(out, "<a href=\"#%s%llu\">", step->kind == TGP_STEP_TLS ? "c" : "m", (unsigned long long)step->number);
    tgp_add(out, "<g class=\"step %s %s\" data-frame=\"%llu\" data-from=\"%u\" data-to=\"%u\"><title>frame %llu, %s: ",
            kinds[step->kind], tgp_mark_class(step->mark), (unsigned long long)step->frame, ladder->ways[i].from,
            ladder->ways[i].to, (unsigned long long)step->frame, tgp_transport_name(step->transport));
    tgp_add_xml(out, step->line, TGP_STEP_LINE);
    tgp_add(out, "%s%s%s%s</title>", step->what[0] ? ", " : "", step->what, tgp_mark_word(step->mark)[0] ? ": " : "",
            tgp_mark_word(step->mark));
    add_time(out, ladder, step, y);
    add_arrow(out, from, to, y);
    add_label(out, step, from, to, y);
    tgp_add(out, "</g>%s\n", step->number != TGP_NONE ? "</a>" : "");
}

void tgp_html_ladder(tg_text *out, const tgp_ladder *ladder, const char *name, uint64_t id)
{
    if (ladder->num == 0)
        return;
    unsigned width = width_of(ladder), height = row_y(ladder->num) + 6;
    tgp_add(out,
            "<figure class=\"ladder\"><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" viewBox=\"0 "
            "0 %u %u\" role=\"group\" "
            "aria-labelledby=\"t%llu d%llu\">\n<title id=\"t%llu\">Ladder of %s</title><desc id=\"d%llu\">%zu steps "
            "between %zu ends, from top to "
            "bottom in the order of frames; what carries MIKEY leads to its details</desc>\n",
            width, height, width, height, (unsigned long long)id, (unsigned long long)id, (unsigned long long)id, name,
            (unsigned long long)id, ladder->num, ladder->num_ends);
    add_lanes(out, ladder);
    for (size_t i = 0; i < ladder->num; i++)
        add_step(out, ladder, i);
    tgp_add(out, "</svg>");
    if (ladder->left_out > 0)
        tgp_add(out,
                "<figcaption class=\"soft\">%zu more steps are not drawn (%d steps, %d ends at the most).</figcaption>",
                ladder->left_out, TGP_MOST_STEPS, TGP_MOST_ENDS);
    tgp_add(out, "</figure>\n");
}
