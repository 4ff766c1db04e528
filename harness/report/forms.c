/* The forms of a report by name. */
#include "ticketgate/report.h"

const char *const tg_report_form_names[TG_NUM_FORMS + 1] = {
#define NAME(form, name) name,
    TG_REPORT_FORMS(NAME)
#undef NAME
};

bool tg_report_write(const tg_report *report, tg_report_form form, bool all, tg_report_sink sink)
{
    switch (form) {
    case TG_FORM_JSON:
        return tg_report_write_json(report, sink);
    case TG_FORM_JUNIT:
        return tg_report_write_junit(report, sink);
    case TG_FORM_SARIF:
        return tg_report_write_sarif(report, sink);
    case TG_FORM_HTML:
        return tg_report_write_html(report, sink);
    default:
        return tg_report_write_text(report, all, sink);
    }
}
