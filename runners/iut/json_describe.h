/* json_describe: the members of calls, answers and what is in them, for reading and writing alike. */
#ifndef TICKETGATE_RUNNERS_JSON_DESCRIBE_H
#define TICKETGATE_RUNNERS_JSON_DESCRIBE_H

#include "json_fields.h"

void describe_transfer(fields *f, tgi_transfer *t);
void describe_open(fields *f, tgi_open *o);

void describe_call(fields *f, iut_call *call);
void describe_hello(fields *f, iut_hello *hello);
void describe_reply(fields *f, tgi_reply *reply);

#endif
