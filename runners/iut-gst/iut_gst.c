/* GStreamer's MIKEY parser (gst-sdp, gstmikey.h) as an implementation under test: it cuts messages into the payloads of
 * RFC 3830 and builds them anew. It knows no MIKEY-TICKET, so it has no role, and nothing but decode is declared.
 *
 * Nothing is done here about messages on which the parser does not come back: the gate's time limit is there for that.
 */
#include <gst/gst.h>
#include <gst/sdp/gstmikey.h>
#include <stdio.h>
#include <unistd.h>

#include "attach.h"

/* The message built anew; until the next call. */
static GBytes *rebuilt;

static int decode(tgi_octets message, tgi_reply *reply)
{
    static char text[256];
    GError *error = NULL;
    GstMIKEYMessage *parsed = gst_mikey_message_new_from_data(message.data, message.len, NULL, &error);
    if (!parsed) {
        snprintf(text, sizeof text, "%s", error ? error->message : "gst_mikey_message_new_from_data gave NULL");
        g_clear_error(&error);
        reply->outcome = TGI_REJECTED;
        reply->error = "parse";
        reply->text = text;
        return 0;
    }
    g_clear_pointer(&rebuilt, g_bytes_unref);
    rebuilt = gst_mikey_message_to_bytes(parsed, NULL, &error);
    g_clear_error(&error);
    gst_mikey_message_unref(parsed);
    if (rebuilt)
        reply->reencoded.data = g_bytes_get_data(rebuilt, &reply->reencoded.len);
    return 0;
}

int main(int argc, char **argv)
{
    guint major, minor, micro, nano;
    static char release[64];
    (void)argc;
    (void)argv;
    gst_init(NULL, NULL);
    gst_version(&major, &minor, &micro, &nano);
    snprintf(release, sizeof release, "%u.%u.%u", major, minor, micro);
    const tgi_interface interface = {
        .size = sizeof interface,
        .version = TGI_VERSION,
        .name = "gstreamer-sdp",
        .release = release,
        .roles = "",
        .profiles = "",
        .can = "decode reencode",
        .decode = decode,
    };
    int code = iut_serve(&interface, STDIN_FILENO, STDOUT_FILENO);
    g_clear_pointer(&rebuilt, g_bytes_unref);
    return code;
}
