#include "tree_text.h"

#include "cli.h"

void tree_text_print_summary(const tg_message *message)
{
    (void)tg_report_write_tree_summary(message, cli_sink()); /* cli_finish complains */
}

void tree_text_print(const tg_message *message)
{
    (void)tg_report_write_tree(message, cli_sink());
}
