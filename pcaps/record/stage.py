"""A scene: network, cast, proxies, what is expected; and the call that most scenes are made of."""
import sdp
from expectation import Expected
from network import Network, wait_until
from people import Cast
from signalling import End, Proxies, pause, recv, request, response, send

RINGING = 1300          # ms until the called one answers: a ticket is resolved meanwhile
SIP_URI = "sip:{}@example.com"


class Stage:
    def __init__(self, network, profile, people, judged="auto"):
        self.network, self.cast, self.proxies = network, Cast(network, profile, people), Proxies(network)
        self.expected, self.options = Expected(), {"profile": judged, "keys": True}
        self.files = 0

    def file(self, text, name=None):
        """A file with a body, for SIPp to send."""
        self.files += 1
        path = self.network.scratch / (name or f"body-{self.files}")
        temporary = path.with_suffix(".new")
        temporary.write_bytes(text.encode("latin-1") if isinstance(text, str) else text)
        temporary.rename(path)
        return path

    def later(self):
        """The path of a body that is not known yet."""
        self.files += 1
        return self.network.scratch / f"later-{self.files}"

    def put(self, path, text):
        self.file(text, path.name)

    def flag(self):
        self.files += 1
        return self.network.scratch / f"flag-{self.files}"

    def wait(self, flag, *ends):
        wait_until(f"{flag.name}", flag.exists, seconds=15)

    def nodes(self, *nodes, kms=True, mtu=1500):
        self.network.add(*nodes, *(["kms"] if kms else []), mtu=mtu)
        if kms:
            self.cast.start_kms()

    def chain(self, *nodes, to, transport="udp"):
        """Proxies one after the other; the last one goes to the node `to`, or to several."""
        targets = [to] if isinstance(to, str) else list(to)
        for at, node in enumerate(nodes):
            following = [nodes[at + 1]] if at + 1 < len(nodes) else targets
            self.proxies.start(node, following, transport, defines=["PCSCF_A"] if node == "pa" else ())

    def address(self, name):
        return self.network.address(self.cast[name].node)


def caller_steps(stage, caller, called, body, acked=None, hold=300, headers=(), final=200, in_dialog=(), uri=None):
    """INVITE, ACK, what comes between, BYE. With `final` 300 or more: ACK, and that is all."""
    person = stage.cast[caller]
    uri = uri or SIP_URI.format(called)
    steps = [send(request("INVITE", uri, person, SIP_URI.format(called), more=["P-Early-Media: supported", "Allow: INVITE, ACK, BYE, CANCEL, MESSAGE",
                                                             *headers]), body, retrans=500),
             recv(100, optional=True), recv(180, optional=True), recv(180, optional=True)]
    if final >= 300:
        return steps + [recv(final), send(request("ACK", uri, person, SIP_URI.format(called), contact=False, to_tag=True), after=acked)]
    steps += [recv(final, routes=True),
              send(request("ACK", None, person, SIP_URI.format(called), routes=True, to_tag=True), after=acked), pause(hold)]
    steps += list(in_dialog)
    return steps + [send(request("BYE", None, person, SIP_URI.format(called), cseq=9, routes=True, to_tag=True, contact=False), retrans=500), recv(200)]


def callee_steps(stage, callee, body, invited=None, ringing=RINGING, final="200 OK", contact=None, in_dialog=(), headers=()):
    person = stage.cast[callee]
    steps = [recv("INVITE", after=invited), send(response("180 Ringing", person, contact=contact)), pause(ringing),
             send(response(final, person, more=headers, contact=contact), body, retrans=500), recv("ACK")]
    if not final.startswith("2"):
        return steps
    return steps + list(in_dialog) + [recv("BYE"), send(response("200 OK", person, tag=False))]


def call(stage, caller, callee, offer, answer, first_hop="pa", transport="udp", during=None, hold=300, steps=None, **more):
    """A call: `offer` the description; `answer()` gives the description of the answer once the INVITE has come.
    `during()` runs once the ACK was sent. `steps`: further keyword arguments of caller_steps and callee_steps."""
    caller_more, callee_more = (steps or ({}, {}))
    invited, acked, later = stage.flag(), stage.flag(), stage.later()
    called = End(stage.network, stage.cast[callee], callee_steps(stage, callee, later, invited, **callee_more), transport=transport)
    calling = End(stage.network, stage.cast[caller], caller_steps(stage, caller, callee, stage.file(offer), acked, hold, **caller_more),
                  peer=first_hop, transport=transport, **more)
    stage.wait(invited)
    stage.put(later, answer())
    if during:
        stage.wait(acked)
        during()
    calling.done()
    called.done()


def audio_offer(stage, caller, init, session=True, port=49170, padding=0, attributes=()):
    """An offer of one RTP m-line with the TRANSFER_INIT at session or media level."""
    line = [sdp.key_mgmt(init)]
    return sdp.description(caller, stage.address(caller), [sdp.audio(port, *([] if session else line), padding=padding)],
                           line if session else (), 1)


def audio_answer(stage, callee, resp, session=True, port=49180, padding=0):
    line = [sdp.key_mgmt(resp)] if resp else []
    return sdp.description(callee, stage.address(callee), [sdp.audio(port, *([] if session else line), padding=padding)],
                           line if session else ())


def ended(network):
    """What is still on its way."""
    import time
    time.sleep(0.4)
    return network


__all__ = ["Network", "Stage"]
