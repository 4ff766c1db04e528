/* Why an actor refuses: to the refusals of the roles, to the catalogue, and in words. */
#include "leg.h"

tg_refusal tg_reason_refusal(tg_reason reason)
{
    switch (reason) {
#define CASE(symbol, refusal, id, text)                                                                                \
    case TG_REASON_##symbol:                                                                                           \
        return TG_REFUSAL_##refusal;
        TG_REASONS(CASE)
#undef CASE
    }
    return TG_REFUSAL_NONE;
}

const tg_requirement *tg_reason_requirement(tg_reason reason)
{
    switch (reason) {
#define CASE(symbol, refusal, id, text)                                                                                \
    case TG_REASON_##symbol:                                                                                           \
        return id[0] != '\0' ? tg_requirement_find(id) : NULL;
        TG_REASONS(CASE)
#undef CASE
    }
    return NULL;
}

const char *tg_reason_text(tg_reason reason)
{
    switch (reason) {
#define CASE(symbol, refusal, id, text)                                                                                \
    case TG_REASON_##symbol:                                                                                           \
        return text;
        TG_REASONS(CASE)
#undef CASE
    }
    return "";
}
