/* The protocol: what Wireshark asks of it, and what its preferences change. SPDX-License-Identifier: GPL-2.0-or-later */
#include "mikey_ticket.h"

#include <epan/prefs.h>
#include <epan/proto_data.h>
#include <epan/tap.h>
#include <ws_version.h>

/* The arena of a message takes 64 times its size: beyond this a message is shown as octets. */
enum { MESSAGE_MAX = 256 * 1024 };

WS_DLL_PUBLIC_DEF const char plugin_version[] = TICKETGATE_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;
WS_DLL_PUBLIC void plugin_register(void);

static int proto_mikey_ticket = -1;
static dissector_handle_t own_handle, wiresharks_handle;

/* Preferences; gint and gboolean because Wireshark writes them. */
static gboolean take_over = TRUE, all_types = FALSE;
static gint profile_index = 0, exchange = TG_EXCHANGE_UNKNOWN;

/* ---- one message ------------------------------------------------------------------------------------------------ */

/* Who sent it, where its exchange says so: updates go either way. */
static tg_sender sender_of(uint8_t data_type)
{
    if (exchange != TG_EXCHANGE_INITIAL)
        return TG_SENDER_UNKNOWN;
    switch (data_type) {
    case TG_DATA_TYPE_TRANSFER_INIT:
        return TG_SENDER_I;
    case TG_DATA_TYPE_TRANSFER_RESP:
        return TG_SENDER_R;
    default:
        return TG_SENDER_UNKNOWN;
    }
}

static const tg_profile *profile(void)
{
    size_t num;
    const tg_profile *all = tg_profiles(&num);
    return &all[(size_t)profile_index < num ? (size_t)profile_index : 0];
}

static void show(mt_view *view, proto_tree *tree)
{
    size_t size = tg_message_arena_size(view->len);
    tg_arena arena = tg_arena_of(wmem_alloc(view->pinfo->pool, size), size);
    tg_message *message = NULL;
    tg_diag diag = { .id = "" };
    if (tg_message_parse(tg_bytes_of(view->base, view->len), &arena, &message, &diag) != TG_OK) {
        mt_tree_add_unread(view, tree);
        mt_findings_add_fault(view, &diag);
        return;
    }
    tg_context context = { .exchange = (tg_exchange)exchange, .sender = sender_of(message->hdr.data_type) };
    mt_tree_add_message(view, tree, message);
    mt_findings_add(view, message, profile(), &context);
}

/* Bodies of HTTP hold the octets or their base64: RFC 6043 does not say which. Octets begin with version 1, base64 does not. */
static tvbuff_t *message_in(tvbuff_t *tvb, packet_info *pinfo)
{
    unsigned len = tvb_captured_length(tvb);
    if (len == 0 || len > MESSAGE_MAX || !g_ascii_isalnum((char)tvb_get_guint8(tvb, 0)))
        return tvb;
    const char *text = (const char *)tvb_get_ptr(tvb, 0, (int)len);
    while (len > 0 && g_ascii_isspace(text[len - 1]))
        len--;
    uint8_t *octets = wmem_alloc(pinfo->pool, tg_base64_decoded_max(len) + 1);
    size_t num = 0, error_at;
    if (tg_base64_decode(text, len, octets, &num, &error_at) != TG_OK || num == 0)
        return tvb;
    tvbuff_t *decoded = tvb_new_child_real_data(tvb, octets, (unsigned)num, (int)num);
    add_new_data_source(pinfo, decoded, "MIKEY message from base64");
    return decoded;
}

/* In the line of the packet, each data type once. */
static void say_in_line(packet_info *pinfo, uint8_t data_type, const char *name)
{
    static const char said[] = "said";
    if (p_get_proto_data(pinfo->pool, pinfo, proto_mikey_ticket, data_type))
        return;
    p_add_proto_data(pinfo->pool, pinfo, proto_mikey_ticket, data_type, (void *)(uintptr_t)said);
    col_append_fstr(pinfo->cinfo, COL_INFO, " MIKEY %s", name);
}

/* Without a tree only expert information is of use, where somebody collects it; and SIP looks at an SDP twice, first for what it says of
 * media. */
static bool is_to_be_judged(tvbuff_t *message, unsigned len, packet_info *pinfo)
{
    static const char seen[] = "seen";
    if (!have_tap_listener(find_tap_id("expert")) || len == 0)
        return false;
    guint32 key = wmem_strong_hash(tvb_get_ptr(message, 0, (int)len), len) | 0x100; /* beyond the data types above */
    if (p_get_proto_data(pinfo->pool, pinfo, proto_mikey_ticket, key))
        return false;
    p_add_proto_data(pinfo->pool, pinfo, proto_mikey_ticket, key, (void *)(uintptr_t)seen);
    return true;
}

static int dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    unsigned whole = tvb_captured_length(tvb);
    tvbuff_t *message = message_in(tvb, pinfo);
    unsigned len = tvb_captured_length(message);
    uint8_t data_type = len > 1 ? tvb_get_guint8(message, 1) : 0;
    if (!all_types && len > 1 && !tg_is_mikey_ticket(data_type) && wiresharks_handle) {
        call_dissector_with_data(wiresharks_handle, message, pinfo, tree, data);
        return (int)whole;
    }
    const char *name = len > 1 ? tg_registry_name("data_type", data_type) : NULL;
    name = name ? name : "unknown data type";
    say_in_line(pinfo, data_type, name);
    if (!tree && !is_to_be_judged(message, len, pinfo))
        return (int)whole;
    proto_item *root = proto_tree_add_item(tree, proto_mikey_ticket, message, 0, -1, ENC_NA);
    proto_tree *below = proto_item_add_subtree(root, mt_ett_field);
    proto_item_append_text(root, ", %s (%u octets)", name, len);
    mt_view view = { .tvb = message, .pinfo = pinfo, .root = root, .len = len };
    if (len == 0 || len > MESSAGE_MAX) {
        tg_diag diag = { .status = len ? TG_TOO_LARGE : TG_TRUNCATED, .id = "" };
        mt_findings_add_fault(&view, &diag);
        return (int)whole;
    }
    view.base = tvb_get_ptr(message, 0, (int)len);
    show(&view, below);
    return (int)whole;
}

/* ---- where messages come from ----------------------------------------------------------------------------------- */

static const struct {
    const char *table, *pattern;
} sources[] = { { "key_mgmt", "mikey" }, { "media_type", "application/mikey" } };

/* Takes messages, or gives them back to Wireshark's own dissector. Called when preferences have changed, too. */
static void apply(void)
{
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        dissector_handle_t handle = take_over ? own_handle : wiresharks_handle;
        if (handle)
            dissector_add_string(sources[i].table, sources[i].pattern, handle);
    }
}

static void register_handoff(void)
{
    wiresharks_handle = find_dissector("mikey");
    dissector_add_for_decode_as("udp.port", own_handle);
    dissector_add_for_decode_as("tcp.port", own_handle);
    apply();
}

/* ---- registration ----------------------------------------------------------------------------------------------- */

static const enum_val_t *profile_choice(void)
{
    size_t num;
    const tg_profile *all = tg_profiles(&num);
    enum_val_t *choice = wmem_alloc0_array(wmem_epan_scope(), enum_val_t, num + 1);
    for (size_t i = 0; i < num; i++) {
        choice[i] = (enum_val_t){ all[i].name,
                                  wmem_strdup_printf(wmem_epan_scope(), "%s (%s)", all[i].title, all[i].name), (int)i };
        if (strcmp(all[i].name, "rfc6043") == 0)
            profile_index = (gint)i;
    }
    return choice;
}

static void register_preferences(void)
{
    static const enum_val_t exchanges[] = { { "unknown", "unknown", TG_EXCHANGE_UNKNOWN },
                                            { "initial", "initial: the first of its crypto session bundle",
                                              TG_EXCHANGE_INITIAL },
                                            { "update", "update: of a crypto session bundle", TG_EXCHANGE_UPDATE },
                                            { "reuse", "reuse: of a ticket used before", TG_EXCHANGE_REUSE },
                                            { NULL, NULL, -1 } };
    module_t *module = prefs_register_protocol(proto_mikey_ticket, apply);
    prefs_register_bool_preference(
        module, "take_over", "Take MIKEY over from Wireshark's own dissector",
        "Show a=key-mgmt:mikey in SDP and bodies of type application/mikey by this dissector. Without it "
        "they are Wireshark's, and this dissector is there for \"Decode As\".",
        &take_over);
    prefs_register_bool_preference(
        module, "all_types", "Show messages that are not of MIKEY-TICKET too",
        "Other data types than 11 to 18 go to Wireshark's own dissector, which knows RFC 3830, unless this is set.",
        &all_types);
    prefs_register_enum_preference(module, "profile", "Profile", "What messages are judged by.", &profile_index,
                                   profile_choice(), FALSE);
    prefs_register_enum_preference(
        module, "exchange", "Exchange",
        "What messages belong to, where it is known: some requirements hold for one of them only.", &exchange,
        exchanges, FALSE);
}

static void register_protocol(void)
{
    proto_mikey_ticket =
        proto_register_protocol("MIKEY-TICKET (RFC 6043), by Ticketgate", "MIKEY-TICKET", "mikey_ticket");
    own_handle = register_dissector("mikey_ticket", dissect, proto_mikey_ticket);
    mt_fields_register(proto_mikey_ticket);
    mt_findings_register(proto_mikey_ticket);
    register_preferences();
}

void plugin_register(void)
{
    static proto_plugin plugin = { register_protocol, register_handoff };
    proto_register_plugin(&plugin);
}
