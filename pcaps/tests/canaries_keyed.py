"""Places in what keys protect: MIKEY messages of whole conversations, PSK S/MIME bodies, TLS connections; made with the makers of vectors/, and opened again with the judges there."""

import json
import pathlib
import sys

from canaries import Canary, Place
from cutting import Reader

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "vectors"))

from pskmime import judge as judge_mime                                             # noqa: E402
from tlspsk import records as tls_records                                           # noqa: E402
from tlspsk.judge import judge as judge_tls                                         # noqa: E402
from tracing import containers                                                      # noqa: E402
from tracing.judge import Trace                                                     # noqa: E402
from vectorgen.conversations import changes                                         # noqa: E402
from vectorgen.conversations.plan import media                                 # noqa: E402
from vectorgen.exchange import other                                                # noqa: E402
from vectorgen.traces import golden_media, golden_people, talks                     # noqa: E402
from vectorgen.traces.scene import Key, Scene, Sdp, audio                           # noqa: E402
from vectorgen.tls import maker                                                     # noqa: E402

REQUEST, GRANTED, INIT, RESOLVE, RESOLVED, RESP = range(6)
KINDS = ("words", "short", "phone", "ipv4", "name")


def beside(at, make):
    """A payload in front of the last one of message `at`."""
    return lambda octets: changes.model(at, lambda tree, m, made: tree["payloads"].insert(len(tree["payloads"]) - 1, make(octets.hex())))


def in_ticket(change):
    return lambda octets: {"ticket": lambda node, m, keys: change(node, octets)}


def first(nodes, name):
    return next(node for node in nodes if node["payload"] == name)


EXTENSION = lambda h: {"payload": "GENERAL_EXT", "type": 0, "data": h}              # noqa: E731
HOOKS = {
    **{f"vendor's extension of {name}": beside(at, EXTENSION) for name, at in (("REQUEST_INIT", REQUEST), ("REQUEST_RESP", GRANTED), ("TRANSFER_INIT", INIT), ("RESOLVE_INIT", RESOLVE), ("RESOLVE_RESP", RESOLVED), ("TRANSFER_RESP", RESP))},
    "unknown extension": beside(INIT, lambda h: {"payload": "GENERAL_EXT", "type": 99, "data": h}), "private extension": beside(RESP, lambda h: {"payload": "GENERAL_EXT", "type": 241, "data": h}),
    "THDR": in_ticket(lambda node, o: first(node["ticket_data"], "THDR").update(thdr_data=o.hex())), "key of the ticket's issuer": in_ticket(lambda node, o: first(node["ticket_data"], "IDR").update(id_data=o.hex())),
    "extension of the ticket": in_ticket(lambda node, o: node["ticket_data"].insert(1, EXTENSION(o.hex()))),
}
WHO = {"NAI of the caller": (1, "{}@example.com", 0), "host of the caller": (1, "alice@{}.example.com", 0), "URI of the caller": (1, "sip:{}@example.com", 1), "NAI of the called": (2, "{}@example.com", 0), "URI of the called": (2, "sip:{}@example.com", 1), "KMS": (3, "sip:{}.example.com", 1), "KMS by name": (3, "kms@{}.example.com", 0)}
PLANS = {"allowed": lambda t: {"allowed": ("?@?", f"{t}@example.com")}, "allowed group": lambda t: {"allowed": ("?@?", f"?@{t}.example.com")}}


def plan(name, **members):
    return media(f"canaries/{name}", cs=talks.rtp().maker.plan.cs, **members)


def call(s, talk, number):
    """Ticket Request, call, Ticket Resolve."""
    caller, called, kms = (f"10.{number}.{host}.7" for host in (1, 2, 3))
    hosts = f"{caller}:5060", f"{called}:5060"
    made = talk.all
    for at, client in ((REQUEST, f"{caller}:50000"), (RESOLVE, f"{called}:50001")):
        if at == RESOLVE:
            c = s.call(hosts)
            c.request("INVITE", Sdp(audio(), session=(Key(made[INIT]),), host=caller), "invite")
        for which in (at, at + 1):
            s.http(client, f"{kms}:80", Key(made[which]), response=which > at, target="/keymanagement?requesttype=ticket" + ("request" if at == REQUEST else "resolve"))
    c.response(200, Sdp(audio(49180), session=(Key(made[RESP]),), host=called))
    c.request("ACK", None, to_tag="b1")


def secrets_of(maker_of_it):
    """Keys that protect it, those in its tickets, and what is derived of these."""
    out = [maker_of_it.psk_i, maker_of_it.psk_r, maker_of_it.tpk]
    for ticket in maker_of_it.tickets:
        out += [ticket.mpk, ticket.mpki, ticket.mpkr, *(key.key for key in ticket.keys), *(key.salt for key in ticket.keys if key.salt)]
    return out + [exchange.forked() for exchange in maker_of_it.exchanges if exchange.modifier]


def conversations():
    """(places, capture, key file, secrets)."""
    places, keys, s, secrets = [], [], Scene(None), []
    drafts = [(name, kind, lambda text, hook=hook: ({}, hook(text.encode()))) for name, hook in HOOKS.items() for kind in ("words", "name", "short")]
    drafts += [(name, kind, lambda text, place=place: ({"who": {place[0]: (place[1].format(text), place[2])}}, {})) for name, place in WHO.items() for kind in ("words", "phone")]
    drafts += [(name, "words", lambda text, make=make: (make(text), {})) for name, make in PLANS.items()]
    for number, (name, kind, make) in enumerate(drafts):
        canary = Canary(f"keyed/{name}", kind)
        members, hooks = make(canary.text)
        talk = talks.made(plan(f"{name}/{kind}", **members), hooks=hooks)
        call(s, talk, number + 1)
        keys.append(talk.keys())
        secrets += secrets_of(talk.maker)
        places.append(Place(f"keyed: {name}", canary, None))
    return places, s.capture.finish(s.now + 1), keys, secrets


CONTENTS = {"text": "Content-Type: text/plain\r\n\r\ntold by {} today\r\n", "type": "Content-Type: text/x-{}\r\n\r\na\r\n", "name": 'Content-Type: text/plain; name="{}"\r\n\r\na\r\n', "unknown header": "X-{}: {}\r\n\r\na\r\n", "CPIM": "Content-Type: message/cpim\r\n\r\nFrom: {} <im:{}@example.com>\r\n\r\nContent-Type: text/plain\r\n\r\n{}\r\n",
            "XML": "Content-Type: application/conference-info+xml\r\n\r\n<conference-info entity='sip:{}@example.com'><a>{}</a></conference-info>\r\n", "no entity": "{}", "SDP": "Content-Type: application/sdp\r\n\r\nv=0\r\ns={}\r\n", "base64": "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            "parts": "Content-Type: multipart/mixed;boundary=b\r\n\r\n{}\r\n--b\r\nContent-Type: text/plain\r\n\r\n{}\r\n--b--\r\n{}\r\n"}


def messages():
    places, keys, s, secrets = [], [], Scene(None), []
    for number, (name, kind) in enumerate((name, kind) for name in CONTENTS for kind in KINDS):
        canary = Canary(f"mime/{name}", kind)
        im = golden_people.Secure(f"canaries-{name}-{kind}".replace(" ", "-"))
        body = im.body(content=CONTENTS[name].replace("{}", canary.text).encode())
        golden_people.sent(s, body, source=f"10.{number + 1}.4.7:5060", destination=f"10.{number + 1}.5.7:5060")
        keys.append(im.keys())
        secrets += [*secrets_of(im.talk.maker), im.talk.tek]
        places.append(Place(f"mime: {name}", canary, None))
    return places, s.capture.finish(s.now + 1), keys, secrets


DATA = {"text": "{}", "MSRP": "MSRP a786hjs2 SEND\r\nTo-Path: msrps://{}:2855/s1;tcp\r\nFrom-Path: msrps://192.0.2.1:2855/{};tcp\r\nMessage-ID: {}\r\nContent-Type: text/plain\r\n\r\ntold by {}\r\n-------a786hjs2$\r\n"}


def connections():
    """The MSRP of TLS-PSK connections, a call each: (place, capture, key file, secrets)."""
    for name, form in DATA.items():
        for kind in KINDS:
            canary = Canary(f"tls/{name}", kind)
            talk = talks.made(media(f"canaries/tls-{name}-{kind}", profile="ims-msrp-tls", cs=(other(1, 241, "*"),), sps=(), mline="msrp"), ids=("mikey",))
            segments = golden_media.handshake(talk.tek(1), data=form.replace("{}", canary.text).encode(), script=maker.SCRIPT + ("cDATA", "sDATA"))
            s = golden_media.secured(talk, segments=segments, proofs=("verified", "verified"))
            yield Place(f"psk: {name}", canary, None), s.capture.finish(s.now + 1), s.keys, [*secrets_of(talk.maker), talk.tek(1)]


def opened(capture, keys):
    """What the keys open of a capture, as octets; and how many messages are authentic."""
    trace = Trace(Reader().read(capture), "auto", keys)
    out = [json.dumps(found.entry.derived).encode() for found in trace.found.originals if found.entry is not None]
    for one in trace.containers:
        step = next(step for step in one.call.steps if step.unit is one.unit)
        content = judge_mime.answer(containers.question(trace, step))["content"]
        out += [bytes.fromhex(content)] if content else []
    for one in trace.media.connections:
        if one.tek:
            out += data_of(one)
    return b"\0".join(out), sum(found.auth == "ok" for found in trace.found.originals), sum(one.outcome == "opened" for one in trace.containers)


def data_of(connection):
    """The application data of TLS 1.2."""
    ask = {"transport": "tls", "profile": "ims-msrp-tls", "settings": {}, "tek": connection.tek.hex(), "identity13": None, "segments": connection.segments()}
    session = judge_tls(ask).session12()
    changed, counts = set(), {"client": 0, "server": 0}
    segments = [(one["from"], bytes.fromhex(one["hex"])) for one in connection.segments()]
    for record in tls_records.tls_records(segments, lambda end, kind: True, lambda: None):
        if record.kind == 20:
            changed.add(record.end)
        elif record.end in changed:
            plain = session.open(record, counts[record.end])
            counts[record.end] += 1
            if record.kind == 23 and plain is not None:
                yield plain
