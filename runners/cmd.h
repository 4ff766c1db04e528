/* cmd: the subcommands. Each takes its own argv (argv[0] is its name) and returns an exit code. */
#ifndef TICKETGATE_CMD_H
#define TICKETGATE_CMD_H

int cmd_decode(int argc, char **argv);
int cmd_encode(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_derive(int argc, char **argv);
int cmd_converse(int argc, char **argv);
int cmd_gate(int argc, char **argv);
int cmd_vectors_run(int argc, char **argv);
/* Only where libpcap is at hand: TICKETGATE_HAS_PCAPS. */
int cmd_pcap_check(int argc, char **argv);
int cmd_pcap_list(int argc, char **argv);
int cmd_pcap_extract(int argc, char **argv);
int cmd_pcap_follow(int argc, char **argv);
int cmd_pcap_scrub(int argc, char **argv);
int cmd_pcap_replay(int argc, char **argv);
int cmd_iut(int argc, char **argv);
int cmd_kms(int argc, char **argv);
int cmd_probe(int argc, char **argv);
int cmd_smime_protect(int argc, char **argv);
int cmd_smime_unprotect(int argc, char **argv);
int cmd_smime_check(int argc, char **argv);
int cmd_tls_serve(int argc, char **argv);
int cmd_tls_connect(int argc, char **argv);
int cmd_tls_relay(int argc, char **argv);
int cmd_tls_check(int argc, char **argv);
int cmd_profiles(int argc, char **argv);
int cmd_requirements(int argc, char **argv);

#endif
