#include "shapes.h"

const tg_kv_shape tg_kv_shapes[TG_NUM_KV_SHAPES] = {
    { TG_KV_SPI, "spi", "spi_len", offsetof(tg_kv_data, spi) },
    { TG_KV_INTERVAL, "valid_from", "vf_len", offsetof(tg_kv_data, valid_from) },
    { TG_KV_INTERVAL, "valid_to", "vt_len", offsetof(tg_kv_data, valid_to) },
};

const char *tg_first_payload_name(tg_field_kind kind)
{
    if (kind == TG_FIELD_CHAIN)
        return "first_payload_tp_data";
    return kind == TG_FIELD_OPT_CHAIN ? "first_payload_initiator_data" : NULL;
}
