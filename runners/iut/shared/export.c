/* The bundled reference as a shared object: an example of what `--iut ./mine.so` takes. */
#include "attach.h"

__attribute__((visibility("default"))) const tgi_interface *ticketgate_iut(void)
{
    return iut_reference(NULL);
}
