/* counts: names, texts and meaning of a list of counts X(symbol, name in JSON, loses, text for people), from that list alone. Internal to the cuts
 * that have such lists. */
#ifndef TICKETGATE_PCAPS_COUNTS_H
#define TICKETGATE_PCAPS_COUNTS_H

#define TGP_COUNT_NAME(symbol, name, loses, text) name,
#define TGP_COUNT_LOSES(symbol, name, loses, text) loses,
#define TGP_COUNT_TEXT(symbol, name, loses, text) text,

/* Defines <prefix>_name, <prefix>_text and <prefix>_loses of an enumeration that LIST numbers in its order. */
#define TGP_DEFINE_COUNTS(type, prefix, LIST)                                                                          \
    const char *prefix##_name(type count)                                                                              \
    {                                                                                                                  \
        static const char *const names[] = { LIST(TGP_COUNT_NAME) };                                                   \
        return names[count];                                                                                           \
    }                                                                                                                  \
    const char *prefix##_text(type count)                                                                              \
    {                                                                                                                  \
        static const char *const texts[] = { LIST(TGP_COUNT_TEXT) };                                                   \
        return texts[count];                                                                                           \
    }                                                                                                                  \
    bool prefix##_loses(type count)                                                                                    \
    {                                                                                                                  \
        static const bool all[] = { LIST(TGP_COUNT_LOSES) };                                                           \
        return all[count];                                                                                             \
    }

#endif
