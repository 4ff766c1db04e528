"""Which rows a handshake breaks (TLS.md section 3), from the facts that judge.py has gathered."""

from . import alerts, order, reading, suites
from .reading import KEY_SHARE, PRE_SHARED_KEY, RENEGOTIATION_INFO

PSK_KE = 0
FAILED = ("TS33328-H.2-05", "TS33328-J.1-02", "RFC5246-7.4.9-x01")


def findings(facts):
    found = set()
    if facts.error:
        found.add("RFC5246-6.2.1-x01")
    hello, chosen = facts.first_hello, facts.server_hello
    if chosen:
        found |= of_choice(facts, chosen)
    elif facts.hello:
        found |= of_offer(facts, facts.hello)
    if hello and signals_too_little(hello):
        found.add("RFC5746-3.4-x01")
    found |= of_messages(facts) | of_proofs(facts)
    if facts.turned or not order.in_order(facts.events, facts.dtls):
        found.add("RFC5246-7.4-x01")
    return sorted(found)


def allowed_versions(facts):
    if facts.dtls:
        return [0xFEFD]
    return [0x0303, 0x0304] if facts.tls13_allowed else [0x0303]


def of_offer(facts, hello):
    """A ClientHello that no ServerHello follows."""
    found = set()
    offered = [suites.suite(number) for number in hello.suites if number not in suites.SIGNALLING]
    known = [one for one in offered if one]
    has13 = any(one.tls13 for one in known)
    if not any(one.kx == "PSK" for one in known) and not (has13 and PRE_SHARED_KEY in hello.kinds):
        found.add("TS33328-H.2-01")
    if not any(not one.tls13 and not one.has_dh for one in known) and not (has13 and PSK_KE in (hello.psk_modes or b"")):
        found.add("TS33328-H.2-02")
    if not any(hello.offers(version) for version in allowed_versions(facts)):
        found.add("TS33328-H.2-x01")
    return found


def of_choice(facts, chosen):
    found, suite = set(), suites.suite(chosen.suite)
    if chosen.tls13:
        if not chosen.retry and PRE_SHARED_KEY not in chosen.kinds:
            found.add("TS33328-H.2-01")
        if KEY_SHARE in chosen.kinds or facts.retry_key_share:
            found.add("TS33328-H.2-02")
    elif not suite or suite.kx != "PSK":
        found.add("TS33328-H.2-01")
    if suite and suite.has_dh:
        found.add("TS33328-H.2-02")
    if suite and suite.cipher == "NULL":
        found.add("TS33328-5.3-01")
    if chosen.version not in allowed_versions(facts):
        found.add("TS33328-H.2-x01")
    if suite and suite.needs_tls12 and below_12(chosen.version):
        found.add("RFC5487-2-x01")
    if facts.not_offered or cannot_be_chosen(chosen, suite):
        found.add("RFC5246-7.4.1.3-x01")
    if facts.hello and asked_for_renegotiation(facts.hello) and not chosen.tls13 and chosen.renegotiation != b"":
        found.add("RFC5746-3.6-x01")
    return found


def below_12(version):
    return 0x0300 <= version < 0x0303 or version == 0xFEFF


def not_offered(hello, chosen):
    """RFC 5246 7.4.1.3: what the server has chosen and the client has not offered."""
    if not hello.offers(chosen.version):
        return True
    if chosen.suite not in hello.offered_suites or chosen.suite in suites.SIGNALLING or chosen.compression not in hello.compressions:
        return True
    if chosen.tls13 and not chosen.retry and chosen.selected is not None and psk_not_offered(hello, chosen):
        return True
    unasked = set(chosen.kinds) - hello.kinds
    if suites.RENEGOTIATION_SCSV in hello.offered_suites:
        unasked.discard(RENEGOTIATION_INFO)
    if chosen.retry:
        unasked.discard(reading.COOKIE)     # RFC 8446 4.2: a retry may send it unasked
    return bool(unasked)


def psk_not_offered(hello, chosen):
    """RFC 8446 4.2.11: an identity behind the last; 4.2.9: psk_ke, which the client does not do."""
    if hello.identity is not None and chosen.selected >= len(hello.ages):
        return True
    return KEY_SHARE not in chosen.kinds and PSK_KE not in (hello.psk_modes or b"")


def cannot_be_chosen(chosen, suite):
    """Whatever was offered: a version below 1.3 in supported_versions (RFC 8446 4.2.1), encrypt_then_mac with AEAD (RFC 7366 3)."""
    below_13 = 0x0300 <= chosen.version < 0x0304 or chosen.version >= 0xFEFD
    return reading.SUPPORTED_VERSIONS in chosen.extensions and below_13 or bool(suite) and suite.aead and reading.ENCRYPT_THEN_MAC in chosen.kinds


def signals_too_little(hello):
    return hello.offers_up_to_12() and not asked_for_renegotiation(hello)


def asked_for_renegotiation(hello):
    return hello.renegotiation == b"" or suites.RENEGOTIATION_SCSV in hello.offered_suites


def of_messages(facts):
    found, suite = set(), facts.suite
    if facts.hint == b"" and suite.kx in ("PSK", "RSA_PSK"):
        found.add("RFC4279-2-x01")          # DHE_PSK and ECDHE_PSK always send the message (RFC 4279 3)
    if suite and suite.kx in ("PSK", "DHE_PSK") and any(
            what in (reading.CERTIFICATE, reading.CERTIFICATE_REQUEST, reading.CERTIFICATE_VERIFY) for _, what, _ in facts.events):
        found.add("RFC4279-2-x02")
    if facts.psk_identity is not None and not is_utf8(facts.psk_identity):
        found.add("RFC4279-5.1-x01")
    if identity_is_wrong(facts):
        found.add("TS33328-H.2-03")
    return found


def identity_is_wrong(facts):
    if facts.identity is None:
        return False
    if facts.psk_identity is None and facts.tls13_allowed:          # the identity of a ClientHello of TLS 1.3
        return facts.identity13 is not None and facts.identity != facts.identity13
    return facts.identity != b""


def is_utf8(octets):
    try:
        octets.decode("utf-8")
        return True
    except UnicodeDecodeError:
        return False


def of_proofs(facts):
    found = set()
    client, server = facts.status("client"), facts.status("server")
    if "failed" in (client, server):
        found |= set(FAILED)
    before = facts.ended_with()
    if {client, server} == {"verified", "failed"}:
        found.add("TS33328-H.2-x02")
    refusals = ("decrypt_error",) if facts.is13 or facts.server_hello is None else alerts.REFUSED_RECORD
    if client == "verified" and before & set(refusals):
        found.add("TS33328-H.2-x02")
    if "unknown_psk_identity" in before:
        found.add("TS33328-H.2-04")
    return found
