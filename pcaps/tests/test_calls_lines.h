/* Lines of descriptions for the tests of e2ae security (TS 33.328 7 and annex G), and fingerprints that no certificate has. */
#ifndef TEST_CALLS_LINES_H
#define TEST_CALLS_LINES_H

#define FP "a=fingerprint:SHA-256 %s\n"
#define ASK "a=3ge2ae:requested\n"
#define APPLY "a=3ge2ae:applied\n"
#define TLS_LINE "m=message 7000 TCP/TLS/MSRP *\n"
#define TCP_LINE "m=message 7000 TCP/MSRP *\n"
#define PRINT_1 "01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01"
#define PRINT_2 "02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02"

#endif
