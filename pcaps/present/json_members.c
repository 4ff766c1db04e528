/* Members of JSON that several forms have. */
#include "presenter.h"

void tgp_json_string(tg_text *out, const char *member, const char *value)
{
    tgp_add(out, ",\"%s\":\"", member);
    (void)tg_report_write_escaped(value, SIZE_MAX, TG_ESCAPE_JSON, tgp_text_sink(out)); /* `failed` tells */
    tgp_add(out, "\"");
}

void tgp_json_endpoint(tg_text *out, const char *member, const tgp_endpoint *endpoint)
{
    char text[TGP_ENDPOINT_MAX];
    tgp_endpoint_text(endpoint, text);
    tgp_json_string(out, member, text);
}

void tgp_json_number(tg_text *out, const char *member, uint64_t number)
{
    tgp_add(out, ",\"%s\":", member);
    tgp_add_number(out, number);
}

void tgp_json_counts(tg_text *out, const tgp_ending *ending)
{
    tgp_add(out, "\"packets\":{\"read\":%llu", (unsigned long long)ending->counts.packets);
    for (int i = 0; i < TGP_NUM_PACKETS; i++)
        tgp_json_number(out, tgp_packet_name((tgp_packet_fate)i), ending->packets[i]);
    tgp_add(out, "},\n\"streams\":{");
    for (int i = 0; i < TGP_NUM_STREAM_EVENTS; i++)
        tgp_add(out, "%s\"%s\":%llu", i ? "," : "", tgp_stream_event_name((tgp_stream_event)i),
                (unsigned long long)ending->streams[i]);
    tgp_add(out, "},\n\"units\":{");
    for (int i = 0; i < TGP_NUM_UNIT_EVENTS; i++)
        tgp_add(out, "%s\"%s\":%llu", i ? "," : "", tgp_unit_event_name((tgp_unit_event)i),
                (unsigned long long)ending->units[i]);
    tgp_add(out, "}");
}

void tgp_json_summary(tg_text *out, const tgp_ending *ending)
{
    const tgp_trace_counts *counts = &ending->counts;
    tgp_add(out, "{\"verdict\":\"%s\"", tgp_verdict_name(ending->verdict));
    tgp_json_number(out, "messages", counts->messages);
    tgp_json_number(out, "copies", counts->copies);
    tgp_json_number(out, "failing", counts->failing);
    tgp_json_number(out, "calls", counts->calls);
    tgp_json_number(out, "conversations", counts->conversations);
    tgp_json_number(out, "findings", counts->findings);
    tgp_json_string(out, "link", ending->link);
    tgp_json_string(out, "error", ending->error);
    tgp_add(out, ",\n");
    tgp_json_counts(out, ending);
    tgp_add(out, "}");
}
