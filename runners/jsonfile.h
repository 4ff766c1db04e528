/* jsonfile: a JSON file of bounded size, with complaints that name the place. */
#ifndef TICKETGATE_RUNNERS_JSONFILE_H
#define TICKETGATE_RUNNERS_JSONFILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* "known.json:3:7: ..." */
bool jsonfile_parse(const char *text, size_t len, const char *name, json_t **out, char *complaint, size_t size);
bool jsonfile_load(const char *path, size_t most, json_t **out, char *complaint, size_t size);

#endif
