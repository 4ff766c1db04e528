#define _DEFAULT_SOURCE /* gmtime_r */
#include <stdarg.h>
#include <time.h>

#include "present_parts.h"

void tg_pcap_present_begin(tg_pcap_presentation *to, const char *name, const tg_pcap_options *options)
{
    if (to->json)
        tgp_json_begin(to, name, options);
    else
        tgp_text_begin(to, name);
}

void tg_pcap_present_message(tg_pcap_presentation *to, const tg_pcap_message *message)
{
    if (to->json)
        tgp_json_message(to, message);
    else
        tgp_text_message(to, message);
    to->num_messages++;
}

void tg_pcap_present_end(tg_pcap_presentation *to, const tg_pcap_options *options, const tg_pcap_result *result)
{
    if (to->json)
        tgp_json_end(to, result);
    else
        tgp_text_end(to, options, result);
}

void tgp_add(tg_text *out, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (len > 0)
        tg_text_add(out, text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);
}

void tgp_time_text(int64_t seconds, uint32_t nanoseconds, char out[48])
{
    struct tm day;
    char text[24];
    time_t time = (time_t)seconds;
    if (gmtime_r(&time, &day) && day.tm_year < 8100 && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &day) > 0)
        (void)snprintf(out, 48, "%s.%09uZ", text, nanoseconds);
    else
        (void)snprintf(out, 48, "%lld.%09u", (long long)seconds, nanoseconds);
}

int tgp_data_type(const tg_pcap_message *message)
{
    return message->octets.len > 1 ? message->octets.data[1] : -1;
}
