"""Immediate messages (TS 33.328 annex F.3) and the notification of a conference's state (G.3.3)."""
import base64
import secrets

from iutpy.containers import make_container
from mikeyticket import codec
from people import PSK_SMIME, plain_offer
from signalling import End, recv, request, response, send
from stage import SIP_URI

PEOPLE = {"alice": "uea", "bob": "ueb"}
THREE = {**PEOPLE, "carol": "uec"}
CONFERENCE = {"alice": "uea", "conference": "focus"}
BOUNDARY = "part-of-a-message"
TEXT = "Content-Type: text/plain; charset=utf-8\r\n\r\nhello bob\r\n"
STATE = ('Content-Type: application/conference-info+xml\r\n\r\n<?xml version="1.0"?>\r\n<conference-info '
         'xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:conference@example.com" state="full" version="1"/>\r\n')


def folded(octets):
    text = base64.b64encode(octets).decode()
    return "\r\n".join(text[at:at + 76] for at in range(0, len(text), 76))


def container(role, init, content, key=None):
    """PSK S/MIME under the TEK of the crypto session (or another key), its keyIdentifier the SPI of the GTGK."""
    spi = codec.decode(init.octets, None, 16)["hdr"]["cs"][0]["spi"]
    made = make_container({"content": content.encode().hex(), "algorithm": "aes-128-gcm", "tag_len": 12,
                           "keys": [{"id": spi, "kek": (key or role.tek()).hex()}]})
    return bytes.fromhex(made["container"])


def body(role, init, content, key=None):
    return "\r\n".join([
        f"--{BOUNDARY}", "Content-Type: application/mikey", "Content-Transfer-Encoding: base64", "", folded(init.octets),
        f"--{BOUNDARY}", "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m",
        "Content-Transfer-Encoding: base64", "Content-Disposition: attachment; filename=smime.p7m", "",
        folded(container(role, init, content, key)), f"--{BOUNDARY}--", ""])


KIND = f'multipart/mixed; boundary="{BOUNDARY}"'


def begin(stage, *nodes, chain=("pa", "core", "pb"), to="ueb", transport="udp", initiator="alice", called="bob@example.com", **options):
    stage.nodes(*nodes, *chain)
    if chain:
        stage.chain(*chain, to=to, transport=transport)
    return stage.cast.initiator(initiator, called, offer=plain_offer(PSK_SMIME), **options)


def send_message(stage, alice, receiver, init, key=None, transport="udp", hop="pa"):
    """MESSAGE and its 200; who gets it has the ticket resolved."""
    name, sender, arrived = receiver.person.name, alice.person, stage.flag()
    called = End(stage.network, receiver.person, [recv("MESSAGE", after=arrived), send(response("200 OK", receiver.person))],
                 transport=transport)
    uri = SIP_URI.format(name)
    text = stage.file(body(alice, init, TEXT, key))
    calling = End(stage.network, sender, [send(request("MESSAGE", uri, sender, uri, contact=False), text, KIND, retrans=500),
                                          recv(100, optional=True), recv(200)], peer=hop, transport=transport)
    stage.wait(arrived)
    stage.cast.answer(receiver, init)
    calling.done()
    called.done()


def udp(stage):
    """MESSAGE with TRANSFER_INIT and PSK S/MIME over UDP, on every hop; the receiver has the ticket resolved."""
    alice = begin(stage, "uea", "ueb")
    send_message(stage, alice, stage.cast.responder("bob"), alice.start("transfer"))
    stage.expected.container("MESSAGE", "opened", "proven")
    stage.options.update(teks=1)


def tcp(stage):
    """The same over TCP, where the receiver is."""
    alice = begin(stage, "uea", "ueb", transport="tcp")
    send_message(stage, alice, stage.cast.responder("bob"), alice.start("transfer"), transport="tcp")
    stage.expected.container("MESSAGE", "opened", "proven")
    stage.options.update(teks=1)


def wrong_key(stage):
    """The body is protected with a key that is not the TEK."""
    alice = begin(stage, "uea", "ueb", chain=("pa",))
    send_message(stage, alice, stage.cast.responder("bob"), alice.start("transfer"), key=secrets.token_bytes(16))
    stage.expected.container("MESSAGE", "failed", "not_proven", ["RFC5083-2.2-x01", "TS33328-F.3-14"])
    stage.options.update(teks=1)
    stage.expected.text.append("The KEK of the container is not the TEK of the TRANSFER_INIT.")


def reuse(stage):
    """Two messages to bob under one ticket; he keeps its keys."""
    alice, bob = begin(stage, "uea", "ueb", chain=("pa",)), stage.cast.responder("bob")
    send_message(stage, alice, bob, alice.start("transfer"))
    again = alice.start("transfer")
    again.ex = "reuse"
    send_message(stage, alice, bob, again)
    both(stage)


def both(stage):
    for number in (0, 1):
        stage.expected.container(lambda reading, number=number: [unit for unit in reading.sip() if unit.first_line.startswith("MESSAGE")
                                                                 and host(unit) == stage.network.address("uea")][number].frame, "opened", "proven")
    stage.options.update(teks=2)


def host(unit):
    return unit.source.rpartition(":")[0]


def reuse_other(stage):
    """Two messages under one ticket, to bob and to carol."""
    stage.nodes("uea", "ueb", "uec", "pa", "pb")
    stage.proxies.start("pa", ["ueb"])
    stage.proxies.start("pb", ["uec"])
    alice = stage.cast.initiator("alice", "bob@example.com", offer=plain_offer(PSK_SMIME))
    send_message(stage, alice, stage.cast.responder("bob"), alice.start("transfer"))
    again = alice.start("transfer")
    again.ex = "reuse"
    send_message(stage, alice, stage.cast.responder("carol"), again, hop="pb")
    both(stage)
    stage.expected.at("TS33328-F.3-18", "MESSAGE sip:carol", source=stage.network.address("uea"))
    stage.expected.text.append("The ticket of an immediate message is used again for somebody else.")


def notify(stage):
    """SUBSCRIBE to a conference; the NOTIFY has its state in PSK S/MIME, with a TRANSFER_INIT of the focus."""
    notification(stage, True)


def notify_in_clear(stage):
    """The conference state in NOTIFY stands in clear."""
    notification(stage, False)


def notification(stage, protected):
    stage.nodes("uea", "focus", "pa")
    stage.proxies.start("pa", ["focus"])
    focus = stage.cast.initiator("conference", "alice@example.com", offer=plain_offer(PSK_SMIME))
    alice, person = stage.cast.responder("alice"), stage.cast["conference"]
    init = focus.start("transfer") if protected else None
    arrived = stage.flag()
    notifying = ["NOTIFY [next_url] SIP/2.0", "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]", "[routes]",
                 "Max-Forwards: 70", f"From: <{person.uri}>;tag=conference[pid]-[call_number]", "To: <sip:alice@example.com>;tag=[$tag]",
                 "[last_Call-ID:]", "CSeq: 1 NOTIFY",
                 "Event: conference", "Subscription-State: active;expires=3600", f"P-Asserted-Identity: <{person.uri}>",
                 f"Contact: <{person.uri}>;isfocus"]
    text = stage.file(body(focus, init, STATE) if protected else STATE.split("\r\n\r\n", 1)[1])
    answering = End(stage.network, person, [
        '<recv request="SUBSCRIBE" rrs="true"><action><ereg regexp="tag=([^;]*)" search_in="hdr" header="From:" assign_to="all,tag"/></action></recv>'
        '<Reference variables="all"/>',
        send(response("200 OK", person, more=["Expires: 3600"], contact=";isfocus")),
        send("\n".join(notifying), text, KIND if protected else "application/conference-info+xml", retrans=500), recv(200)])
    subscriber, uri = stage.cast["alice"], "sip:conference@example.com"
    calling = End(stage.network, subscriber, [
        send(request("SUBSCRIBE", uri, subscriber, uri, more=["Event: conference", "Expires: 3600", "Accept: application/conference-info+xml"]),
             retrans=500), recv(100, optional=True), recv(200), recv("NOTIFY", after=arrived), send(response("200 OK", subscriber, tag=False))], peer="pa")
    stage.wait(arrived)
    if protected:
        stage.cast.answer(alice, init)
    calling.done()
    answering.done()
    if protected:
        stage.expected.container("NOTIFY", "opened", "proven")
        stage.options.update(teks=1)
    else:
        stage.expected.container("NOTIFY", "not_tried", "not_proven", ["TS33328-G.3.3-02"])
        stage.options.update(conversations=0)
        stage.expected.text.append("The conference state stands in clear.")


def scene(play, people=None, **more):
    return {"play": play, "profile": "ims-message", "people": people or PEOPLE, **more}


SCENES = {
    "message-udp-hops": scene(udp),
    "message-tcp-ue": scene(tcp, at="ueb"),
    "bad-message-key": scene(wrong_key, at="uea"),
    "message-reuse": scene(reuse, at="uea"),
    "message-reuse-other": scene(reuse_other, THREE, at="uea"),
    "notify-conference": scene(notify, CONFERENCE, at="uea"),
    "bad-notify-in-clear": scene(notify_in_clear, CONFERENCE, at="uea"),
}
