/* libhtp 0.5 behind htp.h. What is guarded, and how:
 *
 * - it takes a stream as it comes and looks beyond the end of a message for the next one: each message gets a parser of its own and nothing behind it
 * - a response needs its request: the parser of a response is given one that has no other effect than its method
 * - it unpacks gzip, deflate and LZMA: LZMA is off, layers are two, and the collector stops at the limit of a message, whatever the ratio
 * - its limit on the time that unpacking takes would make results depend on the machine: it is set so high that it does not count
 * - it normalises URIs: what is told is the request line's own text
 */
#include "htp.h"

#include <stdlib.h>
#include <string.h>

#include <htp/htp.h>

struct tgu_htp {
    htp_cfg_t *config;
    uint8_t *body;
    size_t len, capacity, max;
    bool complete, too_large, no_memory;
};

enum { FIELD_SOFT = 8192, FIELD_HARD = 20000, MAX_HEADERS = 512, FOREVER = 3600 * 1000 * 1000L };

static tgu_htp *of(htp_tx_t *tx)
{
    return htp_connp_get_user_data(tx->connp);
}

static int take_body(htp_tx_data_t *data)
{
    tgu_htp *htp = of(data->tx);
    if (!data->data || data->len == 0)
        return HTP_OK;
    if (data->len > htp->max - htp->len) {
        htp->too_large = true;
        return HTP_ERROR;
    }
    if (htp->len + data->len > htp->capacity) {
        size_t more = htp->capacity ? htp->capacity : 4096;
        while (more < htp->len + data->len)
            more *= 2;
        uint8_t *larger = realloc(htp->body, more);
        if (!larger) {
            htp->no_memory = true;
            return HTP_ERROR;
        }
        htp->body = larger;
        htp->capacity = more;
    }
    memcpy(htp->body + htp->len, data->data, data->len);
    htp->len += data->len;
    return HTP_OK;
}

/* A response is complete: of 100 it is not called. */
static int note_complete(htp_tx_t *tx)
{
    of(tx)->complete = true;
    return HTP_OK;
}

tgu_htp *tgu_htp_new(size_t body_max)
{
    tgu_htp *htp = calloc(1, sizeof *htp);
    if (!htp)
        return NULL;
    htp->max = body_max;
    htp->config = htp_config_create();
    if (!htp->config) {
        free(htp);
        return NULL;
    }
    htp_cfg_t *config = htp->config;
    htp_config_set_server_personality(config, HTP_SERVER_GENERIC);
    htp_config_set_field_limits(config, FIELD_SOFT, FIELD_HARD);
    htp_config_set_number_headers_limit(config, MAX_HEADERS);
    htp_config_set_log_level(config, HTP_LOG_NONE);
    htp_config_set_response_decompression(config, 1);
    htp_config_set_request_decompression(config, 1);
    htp_config_set_response_decompression_layer_limit(config, TGU_HTTP_LAYERS);
    htp_config_set_lzma_layers(config, 0);
    htp_config_set_compression_bomb_limit(config, body_max < 1 << 30 ? body_max : 1 << 30);
    htp_config_set_compression_time_limit(config, FOREVER);
    htp_config_set_parse_request_auth(config, 0);
    htp_config_set_parse_request_cookies(config, 0);
    htp_config_register_request_body_data(config, take_body);
    htp_config_register_response_body_data(config, take_body);
    htp_config_register_request_complete(config, note_complete);
    htp_config_register_response_complete(config, note_complete);
    return htp;
}

static htp_connp_t *open_parser(tgu_htp *htp)
{
    htp_connp_t *parser = htp_connp_create(htp->config);
    if (!parser)
        return NULL;
    htp_connp_set_user_data(parser, htp);
    htp_connp_open(parser, "192.0.2.1", 1, "192.0.2.2", 80, NULL);
    htp->len = 0;
    htp->complete = htp->too_large = htp->no_memory = false;
    return parser;
}

static bool take_text(const bstr *text, char *out, size_t size)
{
    out[0] = '\0';
    if (!text)
        return true;
    size_t len = bstr_len(text);
    if (len >= size || memchr(bstr_ptr(text), '\0', len))
        return false;
    memcpy(out, bstr_ptr(text), len);
    out[len] = '\0';
    return true;
}

static tgu_htp_result result_of(tgu_htp *htp, bool taken, tgu_http *out)
{
    out->body = (tg_bytes){ htp->body, htp->len };
    if (htp->no_memory)
        return TGU_HTP_NO_MEMORY;
    if (htp->too_large)
        return TGU_HTP_TOO_LARGE;
    return taken && htp->complete ? TGU_HTP_READ : TGU_HTP_BAD;
}

static bool is_good(int status)
{
    return status == HTP_STREAM_DATA || status == HTP_STREAM_TUNNEL || status == HTP_STREAM_DATA_OTHER ||
           status == HTP_STREAM_CLOSED;
}

tgu_htp_result tgu_htp_request(tgu_htp *htp, tg_bytes octets, tgu_http *out)
{
    memset(out, 0, sizeof *out);
    htp_connp_t *parser = open_parser(htp);
    if (!parser)
        return TGU_HTP_NO_MEMORY;
    bool taken = is_good(htp_connp_req_data(parser, NULL, octets.data, octets.len));
    htp_tx_t *tx = htp_list_get(htp_connp_get_connection(parser)->transactions, 0);
    if (taken && !htp->complete) /* CONNECT waits for its response */
        htp->complete = tx && tx->request_method_number == HTP_M_CONNECT;
    taken = taken && tx && take_text(tx->request_method, out->method, sizeof out->method) &&
            take_text(tx->request_uri, out->target, sizeof out->target) && out->method[0] && out->target[0];
    if (taken && !take_text(tx->request_content_type, out->content_type, sizeof out->content_type))
        taken = false;
    tgu_htp_result result = result_of(htp, taken, out);
    htp_connp_destroy_all(parser);
    return result;
}

tgu_htp_result tgu_htp_response(tgu_htp *htp, tg_bytes octets, bool to_head, tgu_http *out)
{
    static const char get[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n", head[] = "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n";
    const char *request = to_head ? head : get;
    memset(out, 0, sizeof *out);
    htp_connp_t *parser = open_parser(htp);
    if (!parser)
        return TGU_HTP_NO_MEMORY;
    bool taken = is_good(htp_connp_req_data(parser, NULL, request, strlen(request)));
    htp->complete = false;
    taken = taken && is_good(htp_connp_res_data(parser, NULL, octets.data, octets.len));
    if (taken && !htp->complete) /* its end is that of the connection */
        htp_connp_close(parser, NULL);
    htp_tx_t *tx = htp_list_get(htp_connp_get_connection(parser)->transactions, 0);
    taken = taken && tx && take_text(tx->response_content_type, out->content_type, sizeof out->content_type);
    out->status = tx ? tx->response_status_number : 0;
    if (taken && !htp->complete) /* of 100 and 101 it waits for what follows */
        htp->complete = out->status < 200 || tx->seen_100continue;
    tgu_htp_result result = result_of(htp, taken, out);
    htp_connp_destroy_all(parser);
    return result;
}

void tgu_htp_free(tgu_htp *htp)
{
    if (!htp)
        return;
    htp_config_destroy(htp->config);
    free(htp->body);
    free(htp);
}
