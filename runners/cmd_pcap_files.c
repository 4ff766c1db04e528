/* Files that the commands on captures write: whole or not at all, and never one that is read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd_pcap.h"
#include "input.h"

enum { MOST_TRIES = 100 };

/* ---- names that must differ --------------------------------------------------------------------------------- */

static bool look(const pcap_named *name, struct stat *out)
{
    if (strcmp(name->path, "-") == 0)
        return !name->written && fstat(STDIN_FILENO, out) == 0;
    return stat(name->path, out) == 0;
}

static bool is_same_place(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Neither is there yet: the same name in the same folder. */
static bool will_be_same(const char *a, const char *b)
{
    const char *names[2] = { a, b };
    struct stat folders[2];
    for (size_t i = 0; i < 2; i++) {
        const char *slash = strrchr(names[i], '/');
        char *folder = slash ? strndup(names[i], (size_t)(slash - names[i]) + 1) : strdup(".");
        bool is_there = folder && stat(folder, &folders[i]) == 0;
        free(folder);
        if (!is_there)
            return false;
        names[i] = slash ? slash + 1 : names[i];
    }
    return is_same_place(&folders[0], &folders[1]) && strcmp(names[0], names[1]) == 0;
}

static bool are_same(const pcap_named *a, const pcap_named *b)
{
    struct stat x, y;
    bool is_x = look(a, &x), is_y = look(b, &y);
    if (is_x && is_y)
        return is_same_place(&x, &y) && !(S_ISCHR(x.st_mode) && a->written && b->written);
    return !is_x && !is_y && a->written && b->written && will_be_same(a->path, b->path);
}

bool pcap_names_differ(const pcap_named *names, size_t num)
{
    for (size_t i = 0; i < num; i++)
        for (size_t j = i + 1; j < num; j++) {
            const pcap_named *a = &names[i], *b = &names[j];
            if (!a->path || !b->path || !(a->written || b->written) || !are_same(a, b))
                continue;
            cli_complain("%s is named twice, as %s and as %s: a file that is written needs a name of its own", b->path,
                         a->what, b->what);
            return false;
        }
    return true;
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

FILE *pcap_create(const char *path, bool secret)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_EXCL, secret ? 0600 : 0666);
    FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (file)
        return file;
    cli_complain("%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return NULL;
}

/* What is there and no file: a pipe, a terminal, /dev/null. It keeps its name, and its rights. */
static bool open_in_place(pcap_output *out, const struct stat *there)
{
    if (!S_ISFIFO(there->st_mode) && !S_ISCHR(there->st_mode)) {
        errno = S_ISDIR(there->st_mode) ? EISDIR : EINVAL;
        return false;
    }
    int fd = open(out->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    out->file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (!out->file && fd >= 0)
        close(fd);
    return out->file != NULL;
}

/* Beside the file: a name of its own. */
static bool open_beside(pcap_output *out, bool secret, const struct stat *there)
{
    size_t room = strlen(out->path) + 48;
    out->beside = malloc(room);
    for (unsigned i = 0; out->beside && i < MOST_TRIES; i++) {
        (void)snprintf(out->beside, room, "%s.%ld-%u.part", out->path, (long)getpid(), i);
        int fd = open(out->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0600 : 0666);
        if (fd < 0 && errno == EEXIST)
            continue;
        if (fd >= 0 && there && !secret)
            (void)fchmod(fd, there->st_mode & 0777); /* as open as it was */
        out->file = fd >= 0 ? fdopen(fd, "wb") : NULL;
        if (out->file)
            return true;
        if (fd >= 0) {
            close(fd);
            (void)unlink(out->beside);
        }
        break;
    }
    free(out->beside);
    out->beside = NULL;
    return false;
}

static bool open_output(pcap_output *out, const char *path, bool secret)
{
    struct stat there, link;
    bool is_there = stat(path, &there) == 0;
    if (!is_there && lstat(path, &link) == 0) {
        errno = ENOENT; /* a link to nothing */
        return false;
    }
    out->path = is_there ? realpath(path, NULL) : strdup(path);
    if (!out->path)
        return false;
    if (is_there && !S_ISREG(there.st_mode))
        return open_in_place(out, &there);
    if (is_there && !out->force) {
        errno = EEXIST;
        return false;
    }
    return open_beside(out, secret, is_there ? &there : NULL);
}

bool pcap_output_open(pcap_output *out, const char *path, bool secret, bool force)
{
    *out = (pcap_output){ .force = force };
    if (open_output(out, path, secret))
        return true;
    cli_complain("%s: %s", path, strerror(errno));
    free(out->path);
    *out = (pcap_output){ .file = NULL };
    return false;
}

/* Without --force nothing that has come in the meantime is replaced, where the file system has links to tell. */
static bool give_name(const pcap_output *out)
{
    if (!out->force && link(out->beside, out->path) == 0) {
        (void)unlink(out->beside);
        return true;
    }
    return (out->force || errno != EEXIST) && rename(out->beside, out->path) == 0;
}

bool pcap_output_close(pcap_output *out, bool is_whole)
{
    if (!out->file)
        return true;
    bool written = !ferror(out->file);
    errno = written ? 0 : EIO;
    written = fclose(out->file) == 0 && written;
    bool ok = written;
    if (out->beside && written && is_whole)
        ok = give_name(out);
    if (!ok)
        cli_complain("%s: %s", out->path, strerror(errno));
    if (out->beside && !(ok && is_whole))
        (void)unlink(out->beside);
    free(out->beside);
    free(out->path);
    *out = (pcap_output){ .file = NULL };
    return ok;
}
