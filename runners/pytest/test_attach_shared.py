"""Attachments that are shared objects, hosted or called directly, and the reference in every way that there is."""
import pathlib
import shlex
import subprocess

import pytest

from attach_process import TIMEOUT_MS, drive, is_good, shared_reference
from conftest import binary

REFERENCE_WAYS = {
    "hosted": [],
    "in-process": ["in_process"],
    "shared-object": [f"target={shared_reference()}"],
    "shared-object-in-process": [f"target={shared_reference()}", "in_process"],
    "command": [f"target={binary()} iut"],
}


@pytest.mark.parametrize("way", REFERENCE_WAYS)
def test_the_reference_is_the_same_in_every_way(way):
    driven = drive("decode:010e", "check:010b", "open:plain", "receive:010b00", "start:request", "close",
                   options=REFERENCE_WAYS[way])
    assert driven.hello["name"] == "ticketgate-reference" and driven.hello["has_ims"]
    assert [call["fault"] for call in driven.calls] == ["ok"] * 6
    assert [call["outcome"] for call in driven.calls] == [1, 1, 0, 1, 2, 0]
    assert driven.calls[0]["error"] == "parse" and driven.calls[3]["error"] == "parse"
    assert driven.end["restarts"] == 0


def test_reference_exports_its_function_alone():
    done = subprocess.run(["nm", "-D", "--defined-only", shared_reference()], capture_output=True, check=True, text=True)
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["ticketgate_iut"]


def test_mutants():
    done = subprocess.run([binary(), "iut", "--list-mutants"], capture_output=True, check=True, text=True, timeout=60)
    names = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert names and len(set(names)) == len(names)
    for way in ([], ["in_process"]):
        assert drive("decode:010e", options=[f"mutant={names[0]}", *way]).calls[0]["outcome"] == 1
        assert "no mutant" in drive(options=["mutant=no-such", *way]).end["reason"]
    assert "reference alone" in drive(options=["mutant=x", "target=cat"]).end["reason"]
    assert "called directly" in drive(options=["target=cat", "in_process"]).end["reason"]


SHARED = r"""
#include "ticketgate/iut.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static int decode(tgi_octets m, tgi_reply *r)
{
    if (m.len > 0 && m.data[0] == 0xaa) { AA }
    r->text = "good";
    return 0;
}
static int nothing(const tgi_open *w, void **s, tgi_reply *r) { (void)w; (void)r; *s = NULL; return 0; }
static int take(void *s, tgi_role f, tgi_octets m, uint64_t n, tgi_reply *r)
{ (void)s; (void)f; (void)m; (void)n; (void)r; return 0; }
const tgi_interface *ticketgate_iut(void)
{
    static tgi_interface i = { .size = sizeof i, .version = TGI_VERSION, .name = "shared", .release = "1", .roles = "kms",
                               .profiles = "*", .can = "decode", .decode = decode, .open = nothing, .receive = take };
    (void)nothing; (void)take; (void)decode;
    CHANGE;
    return &i;
}
"""


def build_shared(folder, change="", aa="", source=SHARED):
    root = pathlib.Path(__file__).parent.parent.parent
    code = folder / "iut.c"
    code.write_text(source.replace("CHANGE", change).replace("AA", aa), encoding="ascii")
    made = folder / "iut.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-I", root / "harness" / "include", "-o", made, code], check=True, timeout=60)
    return made


@pytest.mark.parametrize("change, reason", [
    ("i.version = 2", "version 2, not 1"),
    ("i.size = 8", "8 octets"),
    ("i.name = NULL", "no name"),
    ("return NULL", "cannot work here"),
    ("i.receive = NULL", "no function `open` or `receive`"),
    ("i.open = NULL", "no function `open` or `receive`"),
    ("i.roles = \"initiator\"", "no function `start`"),
    ("i.roles = \"server\"", "`roles` holds a word"),
    ("i.decode = NULL", "`can` says decode or check"),
    ("i.can = \"smime\"", "`can` says smime"),
    ("i.size = (size_t)((char *)&i.open_container - (char *)&i); i.can = \"smime\"", "`can` says smime"),
    ("abort()", ""),
])
def test_shared_objects_that_cannot_be_used(tmp_path, change, reason):
    made = build_shared(tmp_path, change)
    for way in ([], ["in_process"]) if change != "abort()" else ([],):
        driven = drive(options=[f"target={made}", *way])
        assert driven.hello is None and reason in driven.end["reason"]


def test_shared_object_without_the_function(tmp_path):
    made = build_shared(tmp_path, source="int other;\n")
    for way in ([], ["in_process"]):
        assert "exports no function ticketgate_iut" in drive(options=[f"target={made}", *way]).end["reason"]


@pytest.mark.parametrize("aa, why", [
    ("return 7;", "its function `decode` returned 7"),
    ("r->outcome = 9; return 0;", "outcome of its reply"),
    ("r->num_messages = 5; return 0;", "more messages or keys"),
    ("r->num_keys = 257; return 0;", "more messages or keys"),
    ("r->num_keys = 1; return 0;", "more messages or keys"),
    ("r->num_messages = 1; return 0;", "to nobody"),
    ("r->reencoded.len = 3; return 0;", "octets at NULL"),
    ("r->content.len = 3; return 0;", "octets at NULL"),
    ("r->container.len = 3; return 0;", "octets at NULL"),
])
def test_broken_functions(tmp_path, aa, why):
    made = build_shared(tmp_path, aa=aa)
    for way in ([], ["in_process"]):
        driven = drive("open:kms", "decode:aa", "receive:00", "decode:01", options=[f"target={made}", *way])
        assert [call["fault"] for call in driven.calls] == ["ok", "broken-call", "died", "ok"]
        assert why in driven.calls[1]["why"] and is_good(driven.calls[3]) and driven.end["restarts"] == 1


def test_shared_object_of_before_there_were_containers(tmp_path):
    """Its interface ends where it did; what stands behind that is not looked at."""
    made = build_shared(tmp_path, "i.size = (size_t)((char *)&i.open_container - (char *)&i); "
                                  "i.open_container = (int (*)(tgi_octets, const tgi_kek *, size_t, tgi_reply *))1")
    for way in ([], ["in_process"]):
        driven = drive("decode:01", "open_container:3000", "make_container:aes-128-gcm", options=[f"target={made}", *way])
        assert is_good(driven.calls[0])
        assert [(call["fault"], call["outcome"]) for call in driven.calls[1:]] == [("ok", 2)] * 2


@pytest.mark.parametrize("algorithm", ["aes-128-gcm", "aes-256-gcm", "aes-128-ccm", "aes-256-ccm"])
def test_containers_travel_alike(algorithm):
    """The reference as a process, as a shared object and called directly: what one makes the others open."""
    ways = ([], [f"target={shared_reference()}"], ["in_process"])
    for way in ways:
        made = drive(f"make_container:{algorithm}", options=way).calls[0]
        assert (made["fault"], made["outcome"]) == ("ok", 0) and made["container"].startswith("308") and made["content"] == ""
        flipped = made["container"][:-2] + f"{int(made['container'][-2:], 16) ^ 1:02x}"
        for other in ways:
            good, bad, none = drive(f"open_container:{made['container']}", f"open_container:{flipped}", "open_container:30", options=other).calls
            assert (good["fault"], good["outcome"], good["content"]) == ("ok", 0, "010203ff" + "00" * 36)
            assert (bad["fault"], bad["outcome"], bad["error"], bad["content"]) == ("ok", 1, "auth", "")
            assert (none["outcome"], none["error"], none["content"]) == (1, "parse", "")


def test_hosted_shared_object_that_breaks_down(tmp_path):
    made = build_shared(tmp_path, aa="abort();")
    driven = drive("decode:aa", "decode:01", options=[f"target={made}"])
    assert driven.calls[0]["fault"] == "died" and is_good(driven.calls[1])
    made = build_shared(tmp_path, aa="for (;;) pause();")
    driven = drive("decode:aa", "decode:01", options=[f"target={made}", f"timeout_ms={TIMEOUT_MS}"])
    assert driven.calls[0]["fault"] == "timeout" and is_good(driven.calls[1])


def test_what_a_shared_object_prints_is_no_answer(tmp_path):
    made = build_shared(tmp_path, aa='puts("noise"); fflush(stdout); getchar(); r->text = "good"; return 0;')
    driven = drive("decode:aa", "decode:01", options=[f"target={made}"])
    assert all(is_good(call) for call in driven.calls)


def test_text_of_a_shared_object_that_is_no_utf_8(tmp_path):
    made = build_shared(tmp_path, aa=r'r->text = "\xff\xfe!"; r->outcome = TGI_REJECTED; r->error = "\xe4"; return 0;')
    call = drive("decode:aa", options=[f"target={made}"]).calls[0]
    assert (call["fault"], call["text"], call["error"]) == ("ok", "??!", "?")


def test_template_by_the_manual_alone(tmp_path):
    """The commands of ATTACHING.md, in a folder that looks like that of the project."""
    root = pathlib.Path(__file__).parent.parent.parent
    commands = (root / "runners" / "ATTACHING.md").read_text(encoding="utf-8").partition("cp -r runners/templates/c")
    copy, build, gate = (commands[1] + commands[2]).splitlines()[:3]
    for name in ("runners", "harness"):
        (tmp_path / name).symlink_to(root / name)
    (tmp_path / "build").symlink_to(pathlib.Path(binary()).parent.parent)
    for line in (copy, build):
        subprocess.run(shlex.split(line), cwd=tmp_path, check=True, timeout=60)
    driven = drive("decode:0102", "decode:010e0080000000010000", "open:kms", "check:00", cwd=tmp_path,
                   options=[f"target={shlex.split(gate)[-1]}"])
    assert driven.hello["can"] == [] and not any(driven.hello[role] for role in ("initiator", "responder", "kms"))
    assert [call["outcome"] for call in driven.calls] == [1, 0, 2, 2]
    done = subprocess.run(shlex.split(gate), cwd=tmp_path, capture_output=True, timeout=300, check=False)
    assert done.returncode == 5, done.stderr.decode(errors="replace")
