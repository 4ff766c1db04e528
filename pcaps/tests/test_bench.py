"""The made-up traffic of the benchmark: valid, the same for the same seed; and the runner runs."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

BIN = pathlib.Path(os.environ.get("TICKETGATE_BIN", "")).parent
TRAFFIC = BIN / "bench_traffic"
RUN = pathlib.Path(__file__).resolve().parent.parent / "bench" / "run"
KINDS = ("mixed", "invites", "invites-same-address", "other")

pytestmark = pytest.mark.skipif(not os.access(TRAFFIC, os.X_OK), reason="the benchmarks are not built (-DTICKETGATE_BENCH=ON)")
with_tshark = pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not at hand")


def traffic(kind, *more):
    done = subprocess.run([TRAFFIC, kind, *map(str, more)], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def tshark(capture, tmp_path, *arguments):
    path = tmp_path / "capture.pcap"
    path.write_bytes(capture)
    done = subprocess.run(["tshark", "-n", "-r", path, *arguments], capture_output=True, timeout=120, check=True)
    return done.stdout.decode().splitlines()


def fields(capture, tmp_path, *names):
    wanted = [word for name in names for word in ("-e", name)]
    return [line.split("\t") for line in tshark(capture, tmp_path, "-T", "fields", *wanted)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_for_the_same_seed(kind):
    assert traffic(kind, "--packets", 500, "--seed", 3) == traffic(kind, "--packets", 500, "--seed", 3)
    if kind in ("mixed", "other"):
        assert traffic(kind, "--packets", 500, "--seed", 3) != traffic(kind, "--packets", 500, "--seed", 4)


@with_tshark
def test_mixed(tmp_path):
    capture = traffic("mixed", "--packets", 5000)
    rows = fields(capture, tmp_path, "frame.number", "ip.proto", "sip.CSeq.method", "dns.id", "_ws.col.Protocol", "ip.checksum.status")
    assert 5000 <= len(rows) < 5100  # the last message may take a few
    assert {row[1] for row in rows} == {"6", "17"}
    methods = {row[2] for row in rows}
    assert {"INVITE", "ACK", "BYE", "REGISTER", "OPTIONS"} <= methods
    sip = sum("SIP" in row[4] for row in rows)
    assert 0.07 * len(rows) < sip <= 0.11 * len(rows)  # of a message over TCP only the last segment counts for tshark
    assert sum(row[4] == "DNS" for row in rows) > 100 and sum(row[4].startswith("TLS") for row in rows) > 100
    assert sum(row[4] == "HTTP" for row in rows) > 10


@with_tshark
@pytest.mark.parametrize("kind", ["invites", "invites-same-address"])
def test_invites(kind, tmp_path):
    rows = fields(traffic(kind, "--packets", 300), tmp_path, "sip.Method", "sip.Call-ID", "ip.src", "sip.msg_hdr", "frame.len", "udp.srcport")
    assert len(rows) == 300 and {row[0] for row in rows} == {"INVITE"}
    assert len({row[1] for row in rows}) == 300 and len({row[2] for row in rows}) > 290
    assert all(1800 < int(row[4]) < 2200 for row in rows)
    names = re.findall(r"(?:^|\\r\\n|\r\n)([A-Za-z-]+):", rows[0][3])
    assert not names or len(names) == 18


@with_tshark
def test_other_has_no_sip(tmp_path):
    assert tshark(traffic("other", "--packets", 3000), tmp_path, "-Y", "sip") == []


@with_tshark
def test_flows(tmp_path):
    capture = traffic("flows", "--flows", 2000, "--megabytes", 10)
    assert 10e6 <= len(capture) < 14e6
    rows = fields(capture, tmp_path, "tcp.stream", "tcp.analysis.lost_segment", "tcp.analysis.retransmission", "sip.Method")
    assert len({row[0] for row in rows}) == 2000
    assert not any(row[1] or row[2] for row in rows)  # they follow each other without a gap
    assert [row[0] for row in rows[:2000]] == [str(number) for number in range(2000)]
    assert any("INVITE" in row[3] for row in rows)


def test_usage():
    for words in ([], ["nothing"], ["mixed", "--packets"], ["mixed", "--packets", "-1"], ["flows", "--flows", "0"]):
        assert subprocess.run([TRAFFIC, *words], capture_output=True, timeout=10, check=False).returncode == 2


@with_tshark
def test_runner(tmp_path):
    done = subprocess.run([RUN, "--ticketgate", BIN / "ticketgate", "--traffic", TRAFFIC, "--packets", "2000", "--rounds", "1", "--flows",
                           "2000", "--megabytes", "10", "--no-judging", "--folder", tmp_path, "--json", tmp_path / "numbers.json"],
                          capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode()
    out = done.stdout.decode()
    for kind in KINDS:
        assert re.search(rf"^{kind} +tshark +2000 ", out, re.MULTILINE), out
    assert len(re.findall(r"^ +bare loop +2000 ", out, re.MULTILINE)) == len(KINDS)
    assert "connections at a time" in out and (tmp_path / "numbers.json").stat().st_size > 500
    assert sum(line.startswith(("met", "MISSED")) for line in out.splitlines()) == 10
    assert [path.name for path in tmp_path.iterdir()] == ["numbers.json"]
