/* Deliberately wrong variants of the reference. */
#include <string.h>

#include "reference.h"

static const iut_variant table[] = {
    { .about = { "request-auth-key", "The MAC of REQUEST_INIT_PSK is made with another key.", "RFC6043-4.2.1.2-04",
                 "initiator" },
      .deviation_name = "request-auth-key" },
};
#define NUM (sizeof table / sizeof *table)

const iut_variant *iut_variant_find(const char *name)
{
    for (size_t i = 0; i < NUM; i++) {
        if (strcmp(table[i].about.name, name) == 0)
            return &table[i];
    }
    return NULL;
}

const iut_mutant *iut_mutants(size_t *num)
{
    static iut_mutant about[NUM];
    for (size_t i = 0; i < NUM; i++)
        about[i] = table[i].about;
    *num = NUM;
    return about;
}
