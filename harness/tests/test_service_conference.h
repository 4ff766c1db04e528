/* A conference, for the tests of the focus. */
#ifndef TICKETGATE_TEST_SERVICE_CONFERENCE_H
#define TICKETGATE_TEST_SERVICE_CONFERENCE_H

#include "test_service_support.h"

static const tg_bytes participants[] = {
    { (const uint8_t *)"alice@example.com", 17 },
    { (const uint8_t *)"bob@example.com", 15 },
    { (const uint8_t *)"?.sales@example.com", 19 },
};

static tg_focus_config focus_config(const char *profile)
{
    tg_focus_config c = { .service = { .role = role_for("conf@example.com", profile), .validity = 3600 },
                          .participants = participants,
                          .num_participants = 3,
                          .notify_profile = tg_profile_find("ims-message") };
    c.ticket = ticket_for("DEFGHILMNO", TG_KEY_TGK, NULL);
    c.transfer = (tg_transfer_plan){ .sessions = &tls_session, .num_sessions = 1 };
    c.notify_ticket = ticket_for("DEHIJLNO", TG_KEY_GTGK, NULL);
    c.notify = (tg_transfer_plan){ .sessions = &smime_session, .num_sessions = 1 };
    return c;
}

static tg_service *new_focus(void)
{
    tg_service *focus = NULL;
    tg_focus_config c = focus_config("ims-msrp-tls");
    assert_int_equal(tg_focus_new(&c, &focus), TG_OK);
    return focus;
}

#endif
