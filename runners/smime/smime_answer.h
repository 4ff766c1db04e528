/* smime_answer: what is answered about a container, a MIME entity or a SIP request (vectors/SMIME.md, section 3). For `smime check` and
 * `vectors run`.
 */
#ifndef TICKETGATE_SMIME_ANSWER_H
#define TICKETGATE_SMIME_ANSWER_H

#include "ticketgate/json.h"
#include "ticketgate/mime.h"

/* X(symbol, name), in the order of SMIME.md, section 1. */
#define SMIME_FORMS(X) X(CMS, "cms") X(ENTITY, "entity") X(SIP, "sip")
typedef enum smime_form {
#define SMIME_FORM_ENUM(symbol, name) SMIME_FORM_##symbol,
    SMIME_FORMS(SMIME_FORM_ENUM)
#undef SMIME_FORM_ENUM
        SMIME_FORM_DETECT
} smime_form;
extern const char *const smime_form_names[]; /* ended by NULL */
smime_form smime_form_of(tg_bytes octets);

typedef struct smime_ask {
    smime_form form;
    tg_bytes octets;
    const tg_profile *profile;
    tg_smime_opening how;
    const tg_json_conversation *conversation; /* form sip; NULL: none */
} smime_ask;

typedef struct smime_answer {
    tg_status error; /* TG_OK, or why it could not be cut: then `diag` says where */
    tg_diag diag;
    tg_smime_outcome outcome;
    bool has_type;
    tg_smime_type type;
    tg_bytes content;
    const tg_finding *const *findings;
    size_t num_findings;
    bool has_origin, origin_proven;
    const char *sender; /* as text, in UTF-8 or not: who is proven to be the origin; NULL: nobody is */
    /* the container that was found, for who shows it; NULL: none */
    const tg_smime *container;
    const tg_mime_part *body, *part; /* what was looked through, and the part that was judged; NULL: form cms, or none */
    bool no_container;               /* `error` is that there is none */
    const tg_smime_opened *opened; /* with secrets in it; of the outcome `opened` */
    void *memory;
    size_t memory_size;
} smime_answer;

/* Readies the parsers of MIME and SIP; complains. */
bool smime_answer_init(void);
/* Fails only for want of memory. */
TG_NODISCARD tg_status smime_answer_make(tg_crypto *crypto, const smime_ask *ask, smime_answer *out);
void smime_answer_free(smime_answer *answer); /* wipes it */
bool smime_answer_rejects(const smime_answer *answer);
/* The answer as JSON on one line; with `places` a member of that name: each finding with its place and text. */
void smime_answer_add(const smime_answer *answer, bool places, tg_text *out);

#endif
