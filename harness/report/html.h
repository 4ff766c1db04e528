/* html: what the files of the HTML writer share. Private to the report room. */
#ifndef TICKETGATE_REPORT_HTML_H
#define TICKETGATE_REPORT_HTML_H

#include "out.h"

/* <tag>text</tag>; with a class where it is not NULL. */
void tg_html_element(tg_out *out, const char *tag, const char *class_name, const char *text);
void tg_html_masked(tg_out *out, const char *tag, const char *class_name, const char *text);
void tg_html_number(tg_out *out, const char *tag, size_t number);
/* <tr><th scope="row">label</th><td>text</td></tr>, nothing where the text says nothing. */
void tg_html_row(tg_out *out, const char *label, const char *text);
void tg_html_masked_row(tg_out *out, const char *label, const char *text);

/* Ids of cases are anything: their anchor is a hash. */
void tg_html_anchor(tg_out *out, const char *id);
void tg_html_link(tg_out *out, const char *id); /* <a href="#...">id</a> */

void tg_html_hex(tg_out *out, tg_bytes octets, size_t offset, size_t length);

/* A case with all that is known of it, folded up unless `open`; `rows`: the page has the table of requirements. */
void tg_html_case(tg_out *out, const tg_report_case *c, bool open, bool rows);
void tg_html_requirements(tg_out *out, const tg_report *report);

extern const char tg_html_style[];

#endif
