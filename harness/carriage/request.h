/* What reading and writing of SIP requests share. Internal to the carriage room. */
#ifndef TICKETGATE_CARRIAGE_REQUEST_H
#define TICKETGATE_CARRIAGE_REQUEST_H

#include <stdbool.h>

/* A URI that holds no character that no URI holds, and that libosip2 takes. */
bool tgc_is_clean_uri(const char *uri);

#endif
