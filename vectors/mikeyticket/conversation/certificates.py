"""Certificates of a message: whose key signs, their order, their names, a path to what is trusted (section 6)."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa as rsa_keys

from .form import UNIX_TO_NTP, certificate_key, readable
from .people import without_scheme

X509_TYPES = (0, 2, 3)          # X.509v3, X.509v3 Sign, X.509v3 Encr (RFC 3830 Table 6.7.b); 1 is a URL
MAX_PATH, MAX_SIGNATURES = 16, 256
EPOCH = datetime.datetime(1970, 1, 1)
PARTY = {"I": "i", "R": "r", "K": "kms"}


def der_length(data):
    """Octets of the DER element that the data begins with, None where its length is none."""
    if len(data) < 2 or data[0] != 0x30:
        return None
    length, start = data[1], 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or len(data) < 2 + count:
            return None
        length, start = int.from_bytes(data[2:2 + count], "big"), 2 + count
    return start + length if start + length <= len(data) else None


class Certificate:
    """The certificate in a CERT payload: the first, where octets follow it. `x509` is None where it cannot be read."""

    def __init__(self, data):
        end = der_length(data)
        self.followed = end is not None and end < len(data)
        self.x509 = self.rsa = None
        try:
            certificate = x509.load_der_x509_certificate(data[:end])
            if readable(certificate):
                self.x509 = certificate
        except Exception:       # the library has many ways to say no
            return
        key = certificate_key(certificate)
        self.rsa = key if isinstance(key, rsa_keys.RSAPublicKey) else None


def of(j, m):
    """The certificates of a message, in order; read once."""
    if not hasattr(m, "certificates"):
        m.certificates = [j.certificate(bytes.fromhex(node["cert_data"])) for node in m.all("CERT")
                          if node["cert_type"] in X509_TYPES]
    return m.certificates


def signer_key(j, m):
    """The key that verifies SIGN: of the first CERT, without CERT (and for Errors) that of the sender; or None."""
    found = of(j, m) if m.data_type != 6 else []
    if found:
        return found[0].rsa
    own = j.rsa.get(PARTY.get(m.sender))
    return own.public if own else None


def signed_by(certificate, issuer_key):
    """Whether the key made the signature of the certificate."""
    try:
        if isinstance(issuer_key, rsa_keys.RSAPublicKey):
            issuer_key.verify(certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(),
                              certificate.signature_hash_algorithm)
        elif isinstance(issuer_key, ec.EllipticCurvePublicKey):
            issuer_key.verify(certificate.signature, certificate.tbs_certificate_bytes,
                              ec.ECDSA(certificate.signature_hash_algorithm))
        else:
            return False
    except Exception:           # a wrong signature, or an algorithm that the library does not have
        return False
    return True


def certifies(issuer, certificate):
    """Issuer name and signature."""
    if issuer is None or certificate is None or issuer.subject != certificate.issuer:
        return False
    return signed_by(certificate, certificate_key(issuer))


def names_of(certificate):
    """subjectAltName URI, e-mail, DNS; without any of them the common names. As octets, without sip: and sips:."""
    found = []
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        for kind in (x509.UniformResourceIdentifier, x509.RFC822Name, x509.DNSName):
            found += names.get_values_for_type(kind)
    except Exception:           # no such extension, or one that cannot be read
        pass
    if not found:
        try:
            found = [a.value for a in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
        except Exception:       # a name that cannot be read
            return []
    return [without_scheme(name.encode() if isinstance(name, str) else name) for name in found]


def is_ca(certificate):
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except Exception:           # no such extension: no CA
        return False


def valid_at(certificate, time):
    """`time` in units of 2^-32 s since 1900; None: not judged."""
    if time is None:
        return True
    seconds = (time >> 32) - UNIX_TO_NTP
    begin, end = (int((moment - EPOCH).total_seconds())
                  for moment in (certificate.not_valid_before, certificate.not_valid_after))
    return begin <= seconds <= end


def has_path(chain, trust, time):
    """Whether the first certificate is trusted, or certificates of the message and of the trust lead from it to one
    that is: names, signatures, CA flags, validity. The search is bounded, and no certificate is visited twice."""
    if not chain or chain[0].x509 is None:
        return False
    anchors = {certificate.tbs_certificate_bytes + certificate.signature: certificate for certificate in trust}
    others = [one.x509 for one in chain[1:] if one.x509 is not None] + list(trust)
    budget, seen, level = MAX_SIGNATURES, set(), [chain[0].x509]
    for _ in range(MAX_PATH):
        following = []
        for certificate in level:
            octets = certificate.tbs_certificate_bytes + certificate.signature
            if octets in seen or not valid_at(certificate, time):
                continue
            seen.add(octets)
            if octets in anchors:
                return True
            for issuer in others:
                if issuer.subject == certificate.issuer and is_ca(issuer) and budget:
                    budget -= 1
                    if certifies(issuer, certificate):
                        following.append(issuer)
        level = following
    return False
