/* sip_request: the input is a SIP request with a container and application/mikey in it, or something that is none. It is judged with keys alone,
 * and as the TRANSFER_INIT of a conversation.
 *
 * Oracles: two judgings in memory with different old contents agree; the promised memory is enough; findings lie inside; nothing is proven
 * that was not opened; what is read of a request is written and read again as it was.
 */
#include "containers.h"

#include <stdlib.h>

#include "ticketgate/messaging.h"

enum { LONGEST = 16384 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_containers_init();
    FUZZ_CHECK(tg_carriage_init() == TG_OK && tg_mime_init() == TG_OK, "init", "the libraries cannot be readied");
    return 0;
}

static void check_judgement(const tg_im_judgement *j, size_t len)
{
    for (size_t i = 0; i < j->num_findings; i++)
        FUZZ_CHECK(j->findings[i]->requirement && j->findings[i]->offset + j->findings[i]->length <= len, "finding",
                   "%s lies outside", j->findings[i]->path);
    FUZZ_CHECK(j->origin == TG_IM_ORIGIN_NOT_PROVEN ||
                   (j->has_origin && j->mime.container.outcome == TG_SMIME_OPENED && j->sender.known),
               "origin", "proven, and not opened");
    FUZZ_CHECK(!j->accepted || (j->parse == TG_OK && j->reception != TG_RECEPTION_REJECT), "verdict",
               "accepted all the same");
}

static void judge(tg_bytes sip, const tg_im_knowledge *knowledge)
{
    tg_im_judgement judged[2];
    fuzz_block memory[2];
    for (int i = 0; i < 2; i++) {
        memory[i] = fuzz_block_new(tg_im_judge_arena_size(sip.len, knowledge), i ? 0xa5 : 0x33);
        tg_arena arena = tg_arena_of(memory[i].data, memory[i].len);
        tg_status status = tg_im_judge(fuzz_containers_crypto(), sip, knowledge, &arena, &judged[i]);
        FUZZ_CHECK(status == TG_OK, "limit", "%s in %zu octets", tg_status_name(status), memory[i].len);
        check_judgement(&judged[i], sip.len);
    }
    FUZZ_CHECK(judged[0].parse == judged[1].parse && judged[0].num_findings == judged[1].num_findings &&
                   judged[0].accepted == judged[1].accepted && judged[0].origin == judged[1].origin &&
                   judged[0].mime.container.outcome == judged[1].mime.container.outcome,
               "same_answer", "another answer the second time");
    for (int i = 0; i < 2; i++)
        fuzz_block_free(&memory[i]);
}

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

/* Not every request that can be read can be written: one may have a word for a method that ends a word elsewhere. */
static void check_written(const tg_sip_request *read)
{
    const tg_sip_plan plan = { .method = read->method,
                               .request_uri = read->request_uri,
                               .from = read->from,
                               .to = read->to,
                               .from_tag = "1",
                               .call_id = "1",
                               .branch = "1",
                               .sent_by = "host.example.com",
                               .asserted = or_null(read->asserted),
                               .event = or_null(read->event),
                               .content_type = or_null(read->content_type),
                               .transfer_encoding = or_null(read->transfer_encoding),
                               .disposition = or_null(read->disposition),
                               .cseq = 1,
                               .body = read->body };
    const char *reason = "";
    tg_sip_request again;
    size_t len = 0;
    fuzz_block out = fuzz_block_new(tg_sip_request_size(&plan), 0x5a);
    tg_status status = tg_sip_request_write(&plan, out.data, out.len, &len, &reason);
    FUZZ_CHECK(status == TG_OK || status == TG_BAD_SIP || status == TG_TOO_LARGE, "written", "%s",
               tg_status_name(status));
    if (status == TG_OK) {
        FUZZ_CHECK(tg_sip_request_read(tg_bytes_of(out.data, len), &again, &reason) == TG_OK, "written", "%s", reason);
        FUZZ_CHECK(strcmp(again.method, read->method) == 0 && strcmp(again.request_uri, read->request_uri) == 0 &&
                       tg_bytes_equal(again.body, read->body),
                   "written", "read otherwise");
    }
    fuzz_block_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LONGEST)
        return 0;
    fuzz_block input = fuzz_block_copy(data, size);
    const tg_profile *profile = tg_profile_find("ims-message");
    const tg_known known = { .profile = *profile };
    const tg_sent sent = { .ex = "transfer", .from = TG_SENDER_I };
    tg_im_knowledge knowledge = {
        .profile = profile, .how = fuzz_opening(false), .known = &known, .sent = &sent, .num_sent = 1
    };
    tg_sip_request *read = malloc(sizeof *read);
    const char *reason = "";
    FUZZ_CHECK(read, "memory", "no memory");
    judge(fuzz_bytes(&input), &knowledge);
    knowledge.has_conversation = true;
    judge(fuzz_bytes(&input), &knowledge);
    if (tg_sip_request_read(fuzz_bytes(&input), read, &reason) == TG_OK)
        check_written(read);
    free(read);
    fuzz_block_free(&input);
    return 0;
}
