/* ticketgate gate: what can be wrong with the files that it is given to read ids from or to write reports to, looked at
 * before anything is attached. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cmd.h"
#include "cmd_gate.h"

enum { ID_MAX_LEN = 511, MOST_IDS = 100000 };

/* ---- reports ------------------------------------------------------------------------------------------------ */

/* What is written to: the file, or, where there is none yet, its folder and its name. */
typedef struct place {
    dev_t device;
    ino_t number;
    char name[256]; /* "" of a file that is there */
} place;

static bool is_null_device(const struct stat *about)
{
    return S_ISCHR(about->st_mode) && major(about->st_rdev) == 1 && minor(about->st_rdev) == 3;
}

/* False: nothing that two could write to, or nothing that can be told. */
static bool place_of(const char *path, place *out)
{
    struct stat about;
    *out = (place){ 0 };
    if (stat(path, &about) == 0) {
        *out = (place){ .device = about.st_dev, .number = about.st_ino };
        return !is_null_device(&about);
    }
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *folder = slash ? strndup(path, slash > path ? (size_t)(slash - path) : 1) : strdup(".");
    bool ok = folder && strlen(name) < sizeof out->name && stat(folder, &about) == 0;
    free(folder);
    if (ok) {
        *out = (place){ .device = about.st_dev, .number = about.st_ino };
        strcpy(out->name, name);
    }
    return ok;
}

static bool is_same(const place *a, const place *b)
{
    return a->device == b->device && a->number == b->number && strcmp(a->name, b->name) == 0;
}

static bool reports_are_apart(const gate *g)
{
    place places[MAX_REPORTS + 1];
    const char *paths[MAX_REPORTS + 1];
    size_t num = 0;
    struct stat about;
    if (fstat(STDOUT_FILENO, &about) == 0 && !is_null_device(&about)) {
        paths[num] = "standard output";
        places[num++] = (place){ .device = about.st_dev, .number = about.st_ino };
    }
    for (size_t i = 0; i < g->num_reports; i++) {
        const char *path = g->reports[i].path;
        if (strcmp(path, "-") == 0) {
            cli_complain("--report: a file; what standard output gets is said by --output");
            return false;
        }
        if (!place_of(path, &places[num]))
            continue;
        for (size_t n = 0; n < num; n++) {
            if (is_same(&places[n], &places[num])) {
                cli_complain("--report %s: is %s, which gets something else already", path, paths[n]);
                return false;
            }
        }
        paths[num++] = path;
    }
    return true;
}

bool gate_usage_is_sound(const gate *g)
{
    const char *without = g->list ? "list" : g->list_mutants ? "list-mutants" : g->dry_run ? "dry-run" : NULL;
    if (without && g->num_reports > 0)
        cli_complain("--%s: there is no run, and so no --report", without);
    else if (g->dry_run && !gate_form_lists(g->output))
        cli_complain("--dry-run writes text, json or jsonl");
    else if (g->attach.target && g->attach.target[strspn(g->attach.target, " \t\r\n")] == '\0')
        cli_complain("--iut: names nothing: a command line, a shared object (.so) or http://...; without --iut it is the bundled "
                     "reference");
    else
        return reports_are_apart(g);
    return false;
}

/* ---- ids ---------------------------------------------------------------------------------------------------- */

typedef enum id_line { ID_LINE, ID_END, ID_BAD } id_line;

/* The next line without its end. It may come piece by piece, and each is run as it comes. */
static id_line read_id(FILE *file, char id[ID_MAX_LEN + 1])
{
    size_t len = 0;
    int c = getc(file);
    for (; c != EOF && c != '\n'; c = getc(file)) {
        if (c == '\0' || len == ID_MAX_LEN)
            return ID_BAD;
        id[len++] = (char)c;
    }
    while (len > 0 && id[len - 1] == '\r')
        len--;
    id[len] = '\0';
    return c == EOF && len == 0 ? ID_END : ID_LINE;
}

static FILE *open_ids(const char *path)
{
    struct stat about;
    if (strcmp(path, "-") == 0)
        return stdin;
    FILE *file = fopen(path, "r");
    if (file && (fstat(fileno(file), &about) != 0 || S_ISDIR(about.st_mode))) {
        fclose(file);
        errno = EISDIR;
        file = NULL;
    }
    if (!file)
        cli_complain("%s: %s", path, strerror(errno));
    return file;
}

int gate_run_ids(gate *g, void (*run)(gate *g, const gate_case *c))
{
    char id[ID_MAX_LEN + 1];
    const char *name = input_name(g->cases_path);
    int code = CLI_OK;
    FILE *file = open_ids(g->cases_path);
    if (!file)
        return CLI_USAGE;
    for (size_t num = 1; !cli_interrupted(); num++) {
        id_line read = read_id(file, id);
        if (read == ID_BAD || num > MOST_IDS) {
            cli_complain(read == ID_BAD ? "%s: line %zu is no id: more than 511 octets, or a NUL"
                                        : "%s: line %zu: that is more than can be run", name, num);
            code = CLI_USAGE;
        }
        if (read != ID_LINE || num > MOST_IDS)
            break;
        const gate_case *c = id[0] ? gate_case_find(&g->cases, id) : NULL;
        if (c) {
            run(g, c);
        } else if (id[0]) {
            cli_complain("%s: there is no such case (see ticketgate gate --list)", id);
            code = CLI_USAGE;
        }
    }
    if (ferror(file) && !cli_interrupted()) {
        cli_complain("%s: %s", name, strerror(errno));
        code = CLI_USAGE;
    }
    if (file != stdin)
        fclose(file);
    return code;
}

/* ---- complaints --------------------------------------------------------------------------------------------- */

int gate_answer_complaint(const gate *g, int code)
{
    if (g->output != TG_FORM_JSON || cli_has_written() || code == CLI_OK || !cli_last_complaint()[0])
        return code;
    tg_text text = { 0 };
    tg_text_add(&text, "{\"ok\":false,\"error\":", sizeof "{\"ok\":false,\"error\":" - 1);
    tg_json_add_string(cli_last_complaint(), &text);
    tg_text_add(&text, "}\n", 2);
    gate_send(&text);
    return code;
}
