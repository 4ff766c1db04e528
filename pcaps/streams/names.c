/* Names and texts of streams.h. */
#include "pcaps/counts.h"
#include "pcaps/streams.h"

TGP_DEFINE_COUNTS(tgp_stream_event, tgp_stream_event, TGP_STREAM_EVENTS)
