/* Kinds of messages: their names, and the rows that say what a good one must lead to. */
#include "gate.h"
#include "ticketgate/registry_values.h"

/* What a good message must lead to: it is processed; and answered, where that is a row of its own. */
static const struct {
    const char *name, *processed, *answered;
} types[] = {
    [TG_DATA_TYPE_ERROR] = { "Error", NULL, NULL },
    [TG_DATA_TYPE_REQUEST_INIT_PSK] = { "REQUEST_INIT", "RFC6043-4.2.1.4-02", NULL },
    [TG_DATA_TYPE_REQUEST_INIT_PK] = { "REQUEST_INIT", "RFC6043-4.2.1.4-02", NULL },
    [TG_DATA_TYPE_REQUEST_RESP] = { "REQUEST_RESP", "RFC6043-4.2.1.6-01", NULL },
    [TG_DATA_TYPE_TRANSFER_INIT] = { "TRANSFER_INIT", "RFC6043-4.2.2.2-x01", "RFC6043-4.2.2.2-04" },
    [TG_DATA_TYPE_TRANSFER_RESP] = { "TRANSFER_RESP", "RFC6043-4.2.2.4-x01", NULL },
    [TG_DATA_TYPE_RESOLVE_INIT_PSK] = { "RESOLVE_INIT", "RFC6043-4.2.3.4-x02", NULL },
    [TG_DATA_TYPE_RESOLVE_INIT_PK] = { "RESOLVE_INIT", "RFC6043-4.2.3.4-x02", NULL },
    [TG_DATA_TYPE_RESOLVE_RESP] = { "RESOLVE_RESP", "RFC6043-4.2.3.6-x01", NULL },
};
#define NUM_TYPES (sizeof types / sizeof *types)

const char *gate_type_name(uint8_t data_type)
{
    return data_type < NUM_TYPES && types[data_type].name ? types[data_type].name : "a message";
}

const char *gate_process_row(tg_sender role, uint8_t data_type, bool is_update, bool accepted)
{
    bool keys = data_type == TG_DATA_TYPE_RESOLVE_RESP;
    if (keys && role == TG_SENDER_K) /* it asked for somebody else */
        return "RFC6043-4.2.3.4-x02";
    if (keys && accepted && !is_update)
        return "RFC6043-4.2.2.2-04";
    if (data_type >= NUM_TYPES)
        return NULL;
    if (is_update)
        return "RFC6043-5.2-x03";
    return accepted && types[data_type].answered ? types[data_type].answered : types[data_type].processed;
}

const char *gate_auth_row(uint8_t data_type)
{
    const char *row = tg_mac_row_of_type(data_type);
    return row ? row : "RFC6043-5.5-x01";
}
