/* cmd_pcap_replay_answer: what a MIKEY message in an answer is worth. */
#ifndef TICKETGATE_RUNNERS_CMD_PCAP_REPLAY_ANSWER_H
#define TICKETGATE_RUNNERS_CMD_PCAP_REPLAY_ANSWER_H

#include "cmd_pcap_replay.h"

typedef struct replay_worth {
    char text[REPLAY_MAX_TEXT];
    bool accepted;
    int type; /* -1: none, or it does not parse */
} replay_worth;

void replay_weigh(void *user, const tg_judgement *judgement); /* a tgp_replay_take; `user`: a replay_worth */
void replay_write_answer(char out[REPLAY_MAX_TEXT], unsigned status, const replay_worth *worth);

#endif
