/* report: what is said of the sessions of a run: text on standard error, JSON on standard output, transcripts in a file. */
#ifndef TICKETGATE_TLS_REPORT_H
#define TICKETGATE_TLS_REPORT_H

#include <stdio.h>

#include "flow.h"
#include "judged.h"

enum { TLS_OUTPUT_TEXT, TLS_OUTPUT_JSON, TLS_OUTPUT_JSONL };
extern const char *const tls_output_names[];

typedef struct tls_report {
    const char *command; /* "tls serve" */
    int output;
    bool show_keys;
    tg_crypto *crypto;
    FILE *transcript; /* or NULL */
    const char *transcript_path;
    char listening[80];                /* "": it does not */
    bool has_teks_differ, teks_differ; /* relay */
    tg_text sessions;
    unsigned num, num_failed;
} tls_report;

/* The file of transcripts is made here: before there is anything to lose. Complains. */
bool tls_report_open(tls_report *r, const char *transcript_path);
/* One leg, at its end. `flow` may be NULL. */
void tls_report_leg(tls_report *r, unsigned session, const tls_leg *leg, const tls_flow *flow);
/* Writes what is to be written at the end of a run that ended with the exit code `code`. The exit code of all: 0, and `ok` in JSON, where
 * the run was whole and all legs were as they should be. */
int tls_report_finish(tls_report *r, const tls_setup *setup, int code);
/* A line that says where one listens: on standard error. */
void tls_report_listening(tls_report *r, const char *name);

#endif
