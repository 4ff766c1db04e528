"""Nodes in network namespaces, a switch between them, captures of it.

Every node is a namespace with one interface, e0, and an IPv4 and an IPv6 address of the documentation ranges (RFC 5737,
RFC 3849); all hang on one bridge in a namespace of its own, so that the bridge sees each packet once. Names are unique to
this process, and everything is taken down on the way out, whatever happens. Needs root.
"""
import array
import contextlib
import fcntl
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ADDRESSES = {
    "uea": ("192.0.2.10", "2001:db8:a::10"), "pa": ("192.0.2.2", "2001:db8:a::2"),
    "core": ("198.51.100.3", "2001:db8:c::3"), "as": ("198.51.100.5", "2001:db8:c::5"),
    "focus": ("198.51.100.7", "2001:db8:c::7"), "kms": ("198.51.100.80", "2001:db8:c::80"),
    "pb": ("203.0.113.2", "2001:db8:b::2"), "ueb": ("203.0.113.10", "2001:db8:b::10"),
    "uec": ("203.0.113.11", "2001:db8:b::11"),
}
RANGES = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
OFFLOADS = (0x15, 0x17, 0x1F, 0x24, 0x2C)   # ETHTOOL_SRXCSUM, STXCSUM, STSO, SGSO, SGRO
SIOCETHTOOL = 0x8946
CLONE_NEWNET = 0x40000000
START_SECONDS = 10


class Failed(RuntimeError):
    """A scene did not go as it should."""


def call(*command, **options):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          timeout=30, **options)
    if done.returncode:
        raise Failed(f"{' '.join(str(word) for word in command)}: {done.stderr.decode(errors='replace').strip()[:300]}")
    return done.stdout


def in_namespace(namespace, function):
    """Runs a function in a child that has entered the namespace."""
    child = os.fork()
    if child == 0:
        try:
            with open(f"/run/netns/{namespace}", "rb") as handle:
                enter(handle.fileno())
            function()
            os._exit(0)
        except BaseException:   # noqa: BLE001 a child must not go on as its parent
            os._exit(1)
    if os.waitpid(child, 0)[1]:
        raise Failed(f"in namespace {namespace}: {function.__name__} failed")


def enter(descriptor):
    import ctypes
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def plain_packets(interface):
    """Whole checksums and packets no larger than the MTU: what a wire would show."""
    def action():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
            for what in OFFLOADS:
                value = array.array("B", struct.pack("II", what, 0))
                with contextlib.suppress(OSError):
                    fcntl.ioctl(handle, SIOCETHTOOL, struct.pack("16sP", interface.encode(), value.buffer_info()[0]))
    return action


class Network:
    """A context: nodes, processes in them, captures. Scratch files stand in `scratch`."""

    def __init__(self, ipv6=False):
        self.ipv6 = ipv6
        self.prefix = f"tg{os.getpid()}"
        self.nodes, self.processes = [], []
        self.stack = contextlib.ExitStack()
        self.scratch = None

    def __enter__(self):
        self.scratch = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="ticketgate-record-")))
        try:
            self.namespace("net")
            self.ip("net", "link", "add", "br0", "type", "bridge")
            self.quiet("net")
            self.ip("net", "link", "set", "br0", "up")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for process, how in reversed(self.processes):
            end(process, how)
        self.processes = []
        self.stack.close()

    def name(self, node):
        return f"{self.prefix}-{node}"

    def namespace(self, node):
        call("ip", "netns", "add", self.name(node))
        self.stack.callback(self.remove, node)

    def remove(self, node):
        with contextlib.suppress(Failed, subprocess.TimeoutExpired):
            call("ip", "netns", "del", self.name(node))

    def ip(self, node, *words):
        return call("ip", "-n", self.name(node), *words)

    def quiet(self, node):
        """No addresses of its own making, no router solicitations."""
        for where in ("all", "default"):
            for what, value in (("accept_ra", 0), ("addr_gen_mode", 1), ("accept_dad", 0)):
                with contextlib.suppress(Failed):
                    self.run(node, "sh", "-c", f"echo {value} > /proc/sys/net/ipv6/conf/{where}/{what}")

    # --- nodes ----------------------------------------------------------------------------------------------------

    def pair(self, here, name, there, other, mtu=1500):
        """Two ends of a wire, in two nodes (or in one)."""
        self.ip(here, "link", "add", name, "type", "veth", "peer", "name", other, "netns", self.name(there))
        for node, interface in ((here, name), (there, other)):
            self.ip(node, "link", "set", interface, "mtu", mtu, "up")
            in_namespace(self.name(node), plain_packets(interface))

    def between(self, words, trunk=False):
        """A wire with a program on it (wire.py), between a node and the switch. Where it has a trunk, captures at "wire" see it."""
        self.namespace("wire")
        self.quiet("wire")
        self.pair("net", "vwire", "wire", "w1")
        self.ip("net", "link", "set", "vwire", "master", "br0")
        if trunk:
            self.pair("wire", "t0", "wire", "t1", 1600)
        return [sys.executable, HERE / "wire.py", *words]

    def wired(self, node, words, trunk=False):
        """Adds a node that hangs on such a wire in place of the switch."""
        command = self.between(words, trunk)
        self.nodes.append(node)
        self.namespace(node)
        self.quiet(node)
        self.pair("wire", "w0", node, "e0")
        self.addresses(node)
        self.start("wire", *command, *(["w0", "t0", "t1", "w1"] if trunk else ["w0", "w1"]), log="wire.log")
        time.sleep(0.3)

    def netem(self, node, *words):
        """tc netem on both ways of a node; False, and nothing changed, where the kernel has none."""
        try:
            self.run("net", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms")
        except Failed:
            return False
        self.add(node)
        self.run(node, "tc", "qdisc", "add", "dev", "e0", "root", "netem", *words)
        self.run("net", "tc", "qdisc", "add", "dev", f"v{node}", "root", "netem", *words)
        return True

    def add(self, *nodes, mtu=1500):
        for node in nodes:
            if node in self.nodes:
                continue
            self.nodes.append(node)
            self.namespace(node)
            self.quiet(node)
            self.pair("net", f"v{node}", node, "e0", mtu)
            self.ip("net", "link", "set", f"v{node}", "master", "br0")
            self.addresses(node)

    def addresses(self, node):
        self.ip(node, "link", "set", "lo", "up")
        for address in ADDRESSES[node]:
            self.ip(node, "addr", "add", address + ("/128" if ":" in address else "/32"), "dev", "e0", *(["nodad"] if ":" in address else []))
        for network in RANGES:
            self.ip(node, "route", "add", network, "dev", "e0", *(["src", ADDRESSES[node][0]] if "." in network else []))

    def address(self, node):
        return ADDRESSES[node][1 if self.ipv6 else 0]

    def host(self, node):
        """As it stands in SIP and HTTP."""
        address = self.address(node)
        return f"[{address}]" if ":" in address else address

    # --- processes ------------------------------------------------------------------------------------------------

    def command(self, node, words):
        return ["ip", "netns", "exec", self.name(node), *(str(word) for word in words)]

    def run(self, node, *words, **options):
        return call(*self.command(node, words), **options)

    def start(self, node, *words, how=signal.SIGTERM, log=None, **options):
        """A process that is ended on the way out. Its output goes to the file `log`, or to where `options` say."""
        options.setdefault("stdin", subprocess.DEVNULL)
        if log is not None:
            handle = self.stack.enter_context(open(self.scratch / log, "wb"))
            options.update(stdout=handle, stderr=handle)
        process = subprocess.Popen(self.command(node, words), cwd=self.scratch, **options)
        self.processes.append((process, how))
        return process

    def capture(self, where, name, interface=None, options=()):
        """tcpdump at a node, or "net": at the switch, where all hops are seen. Returns the process; stop() ends it."""
        log, path = f"tcpdump-{name}.log", self.scratch / f"{name}.pcap"
        process = self.start(where, "tcpdump", "-i", interface or {"net": "br0", "wire": "t0"}.get(where, "e0"), "-n", "-U",
                             "--immediate-mode", "-s", "0", "-Z", "root", *options, "-w", path,
                             "not arp and not icmp and not icmp6 and not igmp and not (ip6[6] == 0 and ip6[40] == 58)", how=signal.SIGINT, log=log)
        wait_until(f"tcpdump at {where}", lambda: b"listening on" in (self.scratch / log).read_bytes(), process)
        return process, path

    def stop(self, process):
        for at, (one, how) in enumerate(self.processes):
            if one is process:
                del self.processes[at]
                end(process, how)
                return


def end(process, how):
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            with contextlib.suppress(OSError):
                pipe.close()


def wait_until(what, condition, process=None, seconds=START_SECONDS):
    limit = time.monotonic() + seconds
    while not condition():
        if process is not None and process.poll() is not None:
            raise Failed(f"{what} ended with {process.returncode}")
        if time.monotonic() > limit:
            raise Failed(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)


def is_open(network, node, port, transport="tcp"):
    """True when something in the node is bound to the port."""
    for family in ("", "6"):
        table = network.run(node, "cat", f"/proc/net/{transport}{family}").decode()
        for line in table.splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(f":{port:04X}") and fields[3] in ("0A", "07"):
                return True
    return False
