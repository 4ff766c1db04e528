/* Bounds of what an implementation under test may cost: hanging again and again, and an end of the whole program. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "attach_private.h"

/* ---- time --------------------------------------------------------------------------------------------------- */

static bool is_interrupted(const iut *u)
{
    return u->limits.interrupted && u->limits.interrupted(u->limits.interrupted_user);
}

iut_fault iut_bounds_before(iut *u)
{
    u->interrupted = u->interrupted || is_interrupted(u);
    if (u->interrupted) {
        snprintf(u->why, IUT_WHY, "interrupted");
        return IUT_INTERRUPTED;
    }
    if (u->timeouts_in_a_row >= IUT_MAX_TIMEOUTS_IN_A_ROW) {
        snprintf(u->why, IUT_WHY, "it gave no answer in time %u times, and no case was done in between: it is not asked "
                                  "any more", u->timeouts_in_a_row);
        return IUT_GONE;
    }
    if (u->timeouts >= u->max_timeouts) {
        snprintf(u->why, IUT_WHY, "it gave no answer in time %u times, which is the most: it is not asked any more",
                 u->timeouts);
        return IUT_GONE;
    }
    return IUT_OK;
}

void iut_bounds_after(iut *u, iut_fault fault)
{
    u->interrupted = u->interrupted || fault == IUT_INTERRUPTED;
    u->answered = fault == IUT_OK || (u->answered && fault != IUT_TIMEOUT);
    if (fault != IUT_TIMEOUT)
        return;
    u->timeouts++;
    u->timeouts_in_a_row++;
}

void iut_case_done(iut *u)
{
    if (u->answered)
        u->timeouts_in_a_row = 0;
}

bool iut_was_interrupted(const iut *u)
{
    return u->interrupted;
}

/* ---- the end of the program --------------------------------------------------------------------------------- */

static unsigned guarded;

/* An object that calls `exit` would end the run with its own code, 0 perhaps, and without a report. */
static void guard(void)
{
    static const char text[] = "ticketgate: the program was ended from within while an implementation was attached to it: "
                               "nothing is reported (--in-process; without it, such an end costs one case)\n";
    if (guarded == 0)
        return;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(3); /* CLI_INTERNAL */
}

bool iut_bounds_guard_exit(void)
{
    static bool registered;
    registered = registered || atexit(guard) == 0;
    guarded += registered;
    return registered;
}

void iut_bounds_release_exit(void)
{
    guarded--;
}
