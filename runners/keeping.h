/* keeping: strings and lists that live until the report is written. */
#ifndef TICKETGATE_KEEPING_H
#define TICKETGATE_KEEPING_H

#include <stddef.h>

typedef struct keeping {
    void **kept;
    size_t num, capacity;
} keeping;
void *keep_memory(keeping *k, size_t size); /* zeroed; ends the program when memory ran out */
char *keep_text(keeping *k, const char *format, ...) __attribute__((format(printf, 2, 3)));
void keeping_free(keeping *k);

#endif
