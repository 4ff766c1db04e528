/* Names and texts of streams.h. */
#include "pcaps/streams.h"

const char *tgp_stream_event_name(tgp_stream_event event)
{
    static const char *const names[] = {
#define TGP_NAME(symbol, name, loses, text) name,
        TGP_STREAM_EVENTS(TGP_NAME)
#undef TGP_NAME
    };
    return names[event];
}

const char *tgp_stream_event_text(tgp_stream_event event)
{
    static const char *const texts[] = {
#define TGP_TEXT(symbol, name, loses, text) text,
        TGP_STREAM_EVENTS(TGP_TEXT)
#undef TGP_TEXT
    };
    return texts[event];
}

bool tgp_stream_event_loses(tgp_stream_event event)
{
    static const bool loses_[] = {
#define TGP_LOSES(symbol, name, loses, text) loses,
        TGP_STREAM_EVENTS(TGP_LOSES)
#undef TGP_LOSES
    };
    return loses_[event];
}
