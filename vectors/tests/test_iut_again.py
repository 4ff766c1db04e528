"""What a role of `vectors/iut` does with messages that come again, late, early, or changed."""

import pytest

from iut_support import NO_UPDATE, InProcess, Talk, first_transfer, outcome, sent_by, tree_of
from iutpy import live, party, responder
from mikeyticket import codec

NTP_UTC, NTP, COUNTER, NTP32 = range(4)


@pytest.fixture
def iut():
    return InProcess()


# --- what came before ---------------------------------------------------------------------------------------------


def test_replays_of_signed_requests(iut):
    talk = Talk(iut, 1, "128", pk=True)
    talk.run()
    talk.assert_good()
    for kind, sender in ((12, "initiator"), (17, "responder")):
        octets, = sent_by(talk, kind)
        assert outcome(talk.receive("kms", sender, octets)) == ("rejected", "replay", False)


@pytest.mark.parametrize("flags", ["DEFGHNO", "DEFGHJNO", "DEFGHIJNO", "DEHNO"])
def test_replays_of_a_transfer_that_the_kms_resolves(iut, flags):
    """Before its keys are known, behind them, and when the answer is out."""
    talk = Talk(iut, flags=flags)
    sent = first_transfer(talk)
    asked = talk.receive("responder", "initiator", sent)
    assert bytes.fromhex(asked["messages"][0]["octets"])[1] == 16
    assert outcome(talk.receive("responder", "initiator", sent)) == ("rejected", "replay", False)
    resolved = talk.receive("kms", "responder", asked["messages"][0]["octets"])
    answer = talk.receive("responder", "kms", resolved["messages"][0]["octets"])
    assert answer["outcome"] == "accepted" and answer["established"]
    assert outcome(talk.receive("responder", "initiator", sent)) == ("rejected", "replay", False)
    assert outcome(talk.receive("responder", "kms", resolved["messages"][0]["octets"])) == ("rejected", "unexpected", False)
    again = talk.receive("kms", "responder", asked["messages"][0]["octets"])
    assert outcome(again) == ("rejected", "replay", False)


def test_a_replay_with_other_initiator_data(iut):
    """The MAC of TRANSFER_INIT leaves Initiator Data out (5.5), and a Responder who knows the ticket does not ask the KMS."""
    talk = Talk(iut, flags="DEFGHIJNO")
    talk.run()
    talk.start("initiator", "transfer", "reuse1")
    talk.assert_good()
    for octets in sent_by(talk, 14):
        for place in (0, 1):
            tree = tree_of(octets)
            node = next(one for one in tree["payloads"] if one["payload"] == "TICKET")["initiator_data"][place]
            node["ver_data"] = bytes(octet ^ 1 for octet in bytes.fromhex(node["ver_data"])).hex()
            answer = talk.receive("responder", "initiator", codec.encode(tree).hex())
            assert answer["outcome"] == "rejected" and "established" not in answer


def test_a_ticket_that_must_not_be_reused_is_not_accepted_again(iut, monkeypatch):
    talk = Talk(iut, 2, flags="DFGHNO")
    talk.run()
    talk.assert_good()
    session = iut.iut.sessions[0]
    session.transfers = 0                   # as if it had not been used
    talk.start("initiator", "transfer", "reuse1")
    assert ("responder", "ticket") in [(who, answer.get("error")) for who, answer in talk.answers]
    assert len(sent_by(talk, 14)) == 2 and len(sent_by(talk, 15)) == 1


def test_a_used_ticket_stays_used_when_messages_are_forgotten(iut, monkeypatch):
    monkeypatch.setattr(live, "MOST_MESSAGES", 20)
    monkeypatch.setattr(party, "MOST_MESSAGES", 20)
    talk = Talk(iut, 2, flags="DFGHNO")
    for number in range(12):                # a ticket each
        talk.start("initiator", "request", f"request{number}")
        talk.start("initiator", "transfer", f"transfer{number}")
    assert all(answer["outcome"] == "accepted" for _, answer in talk.answers)
    assert len(iut.iut.sessions[1].live.messages) < 20
    session = iut.iut.sessions[0]
    session.transfers = 0
    talk.start("initiator", "transfer", "reuse")
    assert outcome(talk.answers[-2][1])[:2] == ("rejected", "ticket")
    for octets in sent_by(talk, 14)[6:12]:
        assert outcome(talk.receive("responder", "initiator", octets)) == ("rejected", "replay", False)


def test_what_waits_stays_known_when_others_are_dropped(iut):
    """What is behind the messages dropped moves up, and is no news for that."""
    talk = Talk(iut, flags="DEFGHJNO")
    talk.start("initiator", "request", "request")
    sent = []
    for number in range(responder.MOST_WAITING + 6):
        now = f"{talk.now + number:016x}"
        sent.append(iut.call(op="start", session=0, what="transfer", now=now)["messages"][0]["octets"])
        assert talk.receive("responder", "initiator", sent[-1])["outcome"] == "accepted"
    for octets in sent[-responder.MOST_WAITING:]:
        assert outcome(talk.receive("responder", "initiator", octets)) == ("rejected", "replay", False)


def test_strangers_do_not_fill_the_memory(iut):
    """Tickets, certificates and RANDs of messages that are refused."""
    talk, signed = Talk(iut, flags="DEFGHJNO"), Talk(InProcess(), pk=True)
    talk.run()
    signed.run()
    transfer, resolve, request = tree_of(sent_by(talk, 14)[0]), tree_of(sent_by(talk, 16)[0]), tree_of(sent_by(signed, 12)[0])
    for number in range(2 * live.MOST_STRANGERS):
        for tree, role, sender in ((transfer, "responder", "initiator"), (resolve, "kms", "responder")):
            ticket = next(node for node in tree["payloads"] if node["payload"] == "TICKET")
            ticket["ticket_data"][0]["thdr_data"] = f"{number:016x}"
            if role == "responder":
                tree["hdr"]["csb_id"] = number
            talk.receive(role, sender, codec.encode(tree).hex())
        next(node for node in request["payloads"] if node["payload"] == "CERT")["cert_data"] = f"{number:08x}"
        assert signed.receive("kms", "initiator", codec.encode(request).hex())["outcome"] == "rejected"
    for sessions, most in ((iut.iut.sessions, 2 * live.MOST_STRANGERS), (signed.iut.iut.sessions, 2 * live.MOST_STRANGERS)):
        for number in (1, 2):
            assert len(sessions[number].live.states) < most and len(sessions[number].live.certificates) < most
    talk.answers.clear()
    assert talk.start("initiator", "transfer", "reuse1")["outcome"] == "accepted"
    assert talk.keys_of("initiator") == talk.keys_of("responder") != None
    assert len(sent_by(talk, 16)) == 1


# --- clocks -------------------------------------------------------------------------------------------------------


class Late(Talk):
    """Each message is brought first at another time, and then in time."""

    def __init__(self, *more, by, **options):
        super().__init__(*more, **options)
        self.by, self.wrong = by, []

    def receive(self, role, sender, octets):
        answer = self.iut.call(op="receive", session=self.number_of[role], **{"from": sender},
                               now=f"{self.now + (self.by << 32):016x}", message=octets)
        self.wrong.append((bytes.fromhex(octets)[1], answer))
        return super().receive(role, sender, octets)


@pytest.mark.parametrize("pk", [False, True])
@pytest.mark.parametrize("by", [-310, 310])
@pytest.mark.parametrize("ts_type", [NTP_UTC, NTP, NTP32])
def test_every_message_is_held_against_the_clock(iut, ts_type, by, pk):
    talk = Late(iut, 1, "128", flags="DEFGHLMNO", by=by, ts_type=ts_type, pk=pk)
    talk.run()
    for who in ("initiator", "responder"):
        talk.start(who, "update", f"update {who}", update=NO_UPDATE, with_response=True)
    talk.assert_good()
    assert {kind for kind, _ in talk.wrong} == {12 if pk else 11, 13, 14, 15, 17 if pk else 16, 18}
    assert len(talk.wrong) == len(talk.transcript)
    for kind, answer in talk.wrong:
        assert outcome(answer)[:2] == ("rejected", "timestamp"), kind


@pytest.mark.parametrize("by", [-310, 310])
@pytest.mark.parametrize("ts_type", [NTP_UTC, NTP, NTP32])
def test_errors_are_held_against_the_clock(iut, ts_type, by):
    talk = Late(iut, 1, "128", by=by, ts_type=ts_type, kms={"refuse": "request"})
    talk.start("initiator", "request", "request")
    assert [(kind, outcome(answer)[1]) for kind, answer in talk.wrong][-1] == (6, "timestamp")
    assert outcome(talk.answers[-1][1])[1] == "peer_error"


def test_counters_have_to_grow(iut):
    """An older COUNTER that was not brought before is refused, and so is one that was overtaken while the KMS was asked."""
    talk = Talk(iut, flags="DEFGHJNO", ts_type=COUNTER)
    old, new = talk.request_of(0), talk.request_of(1)
    assert talk.receive("kms", "initiator", new)["outcome"] == "accepted"
    assert outcome(talk.receive("kms", "initiator", old))[:2] == ("rejected", "timestamp")
    granted = talk.receive("kms", "initiator", talk.request_of(2))["messages"][0]["octets"]
    assert talk.receive("initiator", "kms", granted)["outcome"] == "accepted"
    first, second = (iut.call(op="start", session=0, what="transfer", now=f"{talk.now:016x}")["messages"][0]["octets"] for _ in range(2))
    asked = [talk.receive("responder", "initiator", octets)["messages"][0]["octets"] for octets in (first, second)]
    resolved = {}
    for number in (0, 1):
        resolved[number] = talk.receive("kms", "responder", asked[number])["messages"][0]["octets"]
    assert talk.receive("responder", "kms", resolved[1])["established"]
    late = talk.receive("responder", "kms", resolved[0])
    assert outcome(late)[:2] == ("rejected", "timestamp") and "established" not in late


# --- MACs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 9, -1])
def test_a_mac_is_compared_whole(iut, place):
    """One bit of any octet of a MAC, that of the message and that of its ticket."""
    talk = Talk(iut, 2, flags="DFGHNO")
    sent = first_transfer(talk)
    for kind in ("auth", "ticket"):
        tree = tree_of(sent)
        node = tree["payloads"][-1] if kind == "auth" else next(
            one for one in tree["payloads"] if one["payload"] == "TICKET")["ticket_data"][-1]
        data = bytearray.fromhex(node["ver_data"])
        data[place] ^= 0x80
        node["ver_data"] = data.hex()
        answer = talk.receive("responder", "initiator", codec.encode(tree).hex())
        assert outcome(answer)[:2] == ("rejected", kind)
    assert talk.receive("responder", "initiator", sent)["established"]
