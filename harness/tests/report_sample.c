/* report_sample FORM SCENE: writes a report to standard output, for what can be tested by other tools alone: validators
 * of JSON, XML and SARIF, parsers of HTML and a browser (runners/pytest/test_reports.py). */
#include "test_report_scenes.h"

static bool write_out(void *user, const char *text, size_t len)
{
    return fwrite(text, 1, len, user) == len;
}

static bool write_text(const tg_report *report, tg_report_sink sink)
{
    return tg_report_write_text(report, true, sink);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        bool (*write)(const tg_report *report, tg_report_sink sink);
    } forms[] = { { "text", write_text },
                  { "json", tg_report_write_json },
                  { "junit", tg_report_write_junit },
                  { "sarif", tg_report_write_sarif },
                  { "html", tg_report_write_html } };
    scene s;
    bool ok = false;
    if (argc != 3 || !scene_make(argv[2], &s)) {
        fprintf(stderr, "usage: report_sample text|json|junit|sarif|html SCENE\n");
        return 4;
    }
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(argv[1], forms[i].name) == 0)
            ok = forms[i].write(&s.report, (tg_report_sink){ write_out, stdout });
    }
    scene_free(&s);
    return fflush(stdout) == 0 && ok ? 0 : 3;
}
