"""SIP ends played by SIPp, and SIP proxies played by Kamailio.

A SIPp scenario is made here from steps: what is sent is text with SIPp's keywords, bodies come from files that are read
when they are sent, so that what a KMS answers meanwhile can be in them.
"""
import os
import pathlib
import signal

from network import Failed, is_open, wait_until

HERE = pathlib.Path(__file__).resolve().parent
SIP_PORT = 5060
CALL_SECONDS = 20
HEAD = '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n<scenario name="{}">\n{}\n</scenario>\n'


def send(text, body=None, kind="application/sdp", retrans=None, after=None):
    """`body`: the path of a file; `after`: a path that is made once it was sent."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if body is not None:
        lines += [f"Content-Type: {kind}", "Content-Length: [len]", "", f'[file name="{body}"]']
    else:
        lines += ["Content-Length: 0", ""]
    attributes = f' retrans="{retrans}"' if retrans else ""
    return f"<send{attributes}><![CDATA[\n\n" + "\n".join(lines) + f"\n\n]]>{did(after)}</send>"


def did(path):
    return f'<action><exec command="touch {path}"/></action>' if path else ""


def recv(what, optional=False, after=None, routes=False):
    which = f'response="{what}"' if str(what).isdigit() else f'request="{what}"'
    more = (' optional="true"' if optional else "") + (' rrs="true"' if routes else "")
    return f"<recv {which}{more}>{did(after)}</recv>"


def pause(milliseconds):
    return f'<pause milliseconds="{milliseconds}"/>'


def touch(path):
    return f"<nop>{did(path)}</nop>"


def request(method, uri, caller, called, cseq=1, more=(), routes=False, contact=True, to_tag=False):
    """The headers of a request of a UE; `uri` None: to the Contact of the other end, by its route."""
    return "\n".join([
        f"{method} {uri or '[next_url]'} SIP/2.0",
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        *(["[routes]"] if routes else []),
        "Max-Forwards: 70",
        f'From: "{caller.name.capitalize()}" <{caller.uri}>;tag={caller.name}[pid]-[call_number]',
        f"To: <{called}>" + ("[peer_tag_param]" if to_tag else ""),
        "Call-ID: [call_id]",
        f"CSeq: {cseq} {method}",
        *([f"Contact: <sip:{caller.name}@[local_ip]:[local_port];transport=[transport]>"] if contact else []),
        *more])


def response(status, person, more=(), tag=True, contact=None):
    """The headers of a response; `tag`: To gets one. `contact`: further parameters of Contact."""
    return "\n".join([
        f"SIP/2.0 {status}", "[last_Via:]", "[last_Record-Route:]", "[last_From:]",
        "[last_To:]" + (f";tag={person.name}[pid]-[call_number]" if tag else ""), "[last_Call-ID:]", "[last_CSeq:]",
        f"Contact: <sip:{person.name}@[local_ip]:[local_port];transport=[transport]>{contact or ''}", *more])


class End:
    """A SIPp in a node."""

    def __init__(self, network, person, steps, peer=None, transport="udp", port=SIP_PORT, name=None, node=None):
        self.network, self.node = network, node or person.node
        self.name = name or f"{person.name}-{len(network.processes)}"
        scenario = network.scratch / f"{self.name}.xml"
        scenario.write_text(HEAD.format(self.name, "\n".join(steps)))
        host = network.host(self.node)
        words = ["sipp", "-sf", scenario, "-i", host, "-mi", host, "-p", port, "-t", "u1" if transport == "udp" else "t1",
                 "-m", 1, "-nostdin", "-timeout", f"{CALL_SECONDS}s", "-timeout_error", "-cid_str", f"%u-%p@{self.name}.example.com",
                 "-trace_err", "-error_file", network.scratch / f"{self.name}.err", "-max_retrans", 12]
        if peer:
            words.append(f"{network.host(peer)}:{SIP_PORT}" if peer in network.nodes else peer)
        self.process = network.start(self.node, *words, how=signal.SIGKILL, log=f"{self.name}.log",
                                     env={**os.environ, "TERM": "dumb"})
        if not peer:
            wait_until(f"sipp {self.name}", lambda: is_open(network, self.node, port, transport), self.process)

    def done(self, code=0):
        try:
            got = self.process.wait(CALL_SECONDS + 5)
        except Exception as error:
            raise Failed(f"sipp {self.name}: {error}") from error
        if got != code:
            errors = self.network.scratch / f"{self.name}.err"
            log = (self.network.scratch / f"{self.name}.log").read_text(errors="replace")[-600:]
            raise Failed(f"sipp {self.name} ended with {got}: {errors.read_text(errors='replace')[:800] if errors.exists() else log}")


class Proxies:
    """Kamailio in nodes, each with the same configuration (proxy.cfg) and its own next hops."""

    def __init__(self, network):
        self.network = network

    def start(self, node, next_hops, transport="udp", defines=(), values=None):
        """`next_hops`: where initial requests go, several: to all of them at once. `values`: further @NAME@ of proxy.cfg."""
        network, host = self.network, self.network.host(node)
        text = (HERE / "proxy.cfg").read_text()
        hops = [f"sip:{network.host(one) if one in network.nodes else one}:{SIP_PORT};transport={transport}" for one in next_hops]
        branches = "\n".join(f'    append_branch("{hop.replace("sip:", "sip:$rU@")}");' for hop in hops[1:])
        values = {"LISTEN": "\n".join(f"listen={kind}:{host}:{SIP_PORT}" for kind in ("udp", "tcp")), "NEXT_HOP": hops[0],
                  "BRANCHES": branches, "NODE": node, "GATEWAY": network.address(node), "FAMILY": "IP6" if network.ipv6 else "IP4",
                  "FINGERPRINT": "", "INDICATION": "", **(values or {})}
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        path = network.scratch / f"kamailio-{node}.cfg"
        path.write_text(text)
        run = network.scratch / f"kamailio-{node}"
        run.mkdir()
        words = ["kamailio", "-f", path, "-DD", "-E", "-m", 16, "-M", 4, "-w", run, "-Y", run, "-P", run / "pid"]
        for define in defines:
            words += ["-A", define]
        process = network.start(node, *words, how=signal.SIGTERM, log=f"kamailio-{node}.log")
        try:
            wait_until(f"kamailio at {node}", lambda: is_open(network, node, SIP_PORT, "udp") and is_open(network, node, SIP_PORT), process)
        except Failed as error:
            raise Failed(f"{error}: {(network.scratch / f'kamailio-{node}.log').read_text(errors='replace')[-1500:]}") from error
