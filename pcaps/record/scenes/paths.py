"""The same call over paths that lose, repeat and reorder, and through layers in which operators carry it."""
from scenes.calls import PEOPLE, media_call
from scenes.messages import begin as begin_message, send_message

SEED, LOSS, DUPLICATE, REORDER, DELAY = 5, 8, 20, 20, 5
SETTLED = 2500          # ms until the BYE: an ACK that was lost has come again


def impaired(stage, node="uea"):
    """netem at the node where the kernel has it, else the wire in Python."""
    if stage.network.netem(node, "delay", f"{DELAY}ms", f"{2 * DELAY}ms", "loss", f"{LOSS}%", "duplicate", f"{DUPLICATE}%", "reorder", f"{REORDER}%"):
        return
    stage.network.wired(node, ["impair", SEED, LOSS, DUPLICATE, REORDER, DELAY])
    stage.options["not_real"] = ["loss, repetition and reordering are made by pcaps/record/wire.py in place of tc netem"]


def loss_udp(stage):
    """A call over UDP; the wire between alice and the switch loses, repeats and reorders packets. Taken behind that wire."""
    impaired(stage)
    media_call(stage, chain=("pa",), hold=SETTLED)


def loss_udp_fragments(stage):
    """The same with fragments."""
    impaired(stage)
    media_call(stage, chain=("pa",), padding=24, hold=SETTLED)


def loss_tcp(stage):
    """A call over TCP with large descriptions; the wire at bob loses, repeats and reorders segments. Taken where he is."""
    impaired(stage, "ueb")
    media_call(stage, "tcp", chain=("pa",), padding=24, hold=SETTLED)


def message_loss(stage):
    """An immediate message over UDP; the wire at bob loses, repeats and reorders packets. Taken at the switch."""
    impaired(stage, "ueb")
    alice = begin_message(stage, "uea", "ueb", chain=("pa",))
    send_message(stage, alice, stage.cast.responder("bob"), alice.start("transfer"))
    stage.expected.container("MESSAGE", "opened", "proven")
    stage.options.update(teks=1)


def layered(kind, transport="udp", padding=0):
    def play(stage):
        stage.network.wired("uea", [kind], trunk=True)
        stage.options["not_real"] = [f"the layer ({kind}) is put on and taken off by pcaps/record/wire.py"]
        media_call(stage, transport, padding, chain=("pa",))
    play.__doc__ = f"A call over {transport.upper()}, taken where its packets are in {LAYERS[kind]}."
    return play


LAYERS = {"vlan": "VLAN tags (802.1Q)", "qinq": "two VLAN tags (802.1ad)", "ipip": "IP in IP", "gre": "GRE", "gtpu": "GTP-U",
          "esp": "ESP with NULL encryption (TS 33.203)"}


def cooked(stage):
    """A call over TCP and IPv6, taken on all interfaces of a node: Linux cooked v2."""
    media_call(stage, "tcp", chain=("pa",))


def cooked_v1(stage):
    """A call over UDP, taken on all interfaces of a node: Linux cooked v1."""
    media_call(stage, chain=("pa",))


def scene(play, profile="ims-media", **more):
    return {"play": play, "profile": profile, "people": PEOPLE, **more}


SCENES = {
    "loss-udp": scene(loss_udp, at="net"),
    "loss-udp-fragments": scene(loss_udp_fragments, at="net"),
    "loss-tcp": scene(loss_tcp, at="ueb"),
    "loss-message": scene(message_loss, "ims-message", at="net"),
    "path-vlan": scene(layered("vlan"), at="wire"),
    "path-qinq-tcp": scene(layered("qinq", "tcp"), at="wire"),
    "path-ipip-fragments": scene(layered("ipip", padding=24), at="wire"),
    "path-gre-ipv6": scene(layered("gre"), at="wire", ipv6=True),
    "path-gtpu": scene(layered("gtpu", "tcp"), at="wire"),
    "path-esp-null": scene(layered("esp"), at="wire"),
    "path-cooked-v2": scene(cooked, at="uea", interface="any", ipv6=True),
    "path-cooked-v1": scene(cooked_v1, at="ueb", interface="any", link="LINUX_SLL"),
}
