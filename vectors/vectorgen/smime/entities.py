"""MIME entities with a container (RFC 8551 3; SMIME.md section 4, "What is read as MIME")."""

import base64

from pskmime import ber, make

from ..material import octets
from .containers_broken import SIGNED_DATA
from .draft import TAG_ROWS, TEXT, TYPE_ROWS, Draft, key, plan_of

CRLF = b"\r\n"
MIME = ["RFC8551-3.1-x01", "RFC8551-3.1.1-x01", "RFC8551-3.1.2-x01", "RFC8551-3.2-x01", "RFC8551-3.2.1-x01", "RFC8551-3.2.2-x01", "TS33328-I.2.2-x01"]
MIKEY = b"Content-Type: application/mikey" + CRLF + b"Content-Transfer-Encoding: base64" + CRLF + CRLF + base64.b64encode(octets("a message of MIKEY",
        60)) + CRLF
URI_LIST = (b"Content-Type: application/resource-lists+xml" + CRLF + b"Content-Disposition: recipient-list" + CRLF + CRLF
            + b'<?xml version="1.0"?><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list><entry uri="sip:bob@example.com"/></list></resource-lists>' + CRLF)
TYPE = b'application/pkcs7-mime; smime-type=authEnveloped-data; name="smime.p7m"'
DISPOSITION = b"attachment; filename=smime.p7m"


def wrapped64(data, end=CRLF, width=76):
    text = base64.b64encode(data)
    return b"".join(text[at:at + width] + end for at in range(0, len(text), width))


def quoted_printable(data):
    """Every octet written as =XX, in lines with soft ends; the last line has none, for it would be content."""
    units = [b"=%02X" % octet for octet in data]
    return b"".join(b"".join(units[at:at + 24]) + b"=" + CRLF for at in range(0, len(units) - 24, 24)) + b"".join(units[(len(units) - 1) // 24 * 24:])


def header(name, value):
    return b"" if value is None else name + b": " + value + CRLF


def part(data, type=TYPE, encoding=b"base64", disposition=DISPOSITION, body=None, end=CRLF):
    """The entity of a container; None leaves a header out."""
    if body is None:
        body = {b"base64": wrapped64, b"quoted-printable": quoted_printable}.get(encoding and encoding.lower(), lambda raw: raw)(data)
    head = header(b"Content-Type", type) + header(b"Content-Transfer-Encoding", encoding) + header(b"Content-Disposition", disposition) + CRLF
    return head.replace(CRLF, end) + body


def multipart(*parts, boundary=b"boundary1", quoted=False, head=b"", preamble=b"", epilogue=b"", pad=b"", close=True):
    mark = b'"' + boundary + b'"' if quoted else boundary
    body = preamble + b"".join(b"--" + boundary + pad + CRLF + one + CRLF for one in parts) + (b"--" + boundary + b"--" + CRLF if close else b"") + epilogue
    return b"Content-Type: multipart/mixed; boundary=" + mark + CRLF + head + CRLF + body


class EntityDraft(Draft):
    """An entity whose parts can be made again otherwise: `build(container octets) -> entity`."""

    def mime(self, suffix, title, path, what, build=None, rows=(), gone=(), outcome="opened", error=None, plan=None, group="entity_broken", keyed=(),
             content=None, kind=None, parent=None, **ask):
        """This entity with one change. `rows`, `gone`, `keyed` as in Draft.breaks; `error`: a status, or (status, row)."""
        plan = {**self.plan, **(plan or {})}
        made = make.make(plan)
        status, row = error if isinstance(error, tuple) else (error, None)
        findings = ({row} - {None}) if error else (set(self.findings) - set(gone)) | set(rows) | set(keyed)
        kind = None if error else self.kind if kind is None else kind or None
        return Draft(group, f"{self.name}/{suffix}", title, findings - set(self.findings), (build or self.build)(made.octets()), made.intermediates, findings,
                     "not_tried" if error else outcome,
                     plan["content"] if content is None else content, kind, visible=findings - set(keyed),
                     error={"status": status, "id": row} if error else None,
                     parent=self, change={"path": path, "what": what}, form="entity", **{**self.ask, **ask})


def entity(name, title, clauses, build, plan=None, findings=(), group="entity_kept", keyed=(), **more):
    plan = plan or plan_of(f"entity/{name}")
    made = make.make(plan)
    kind = plan.get("type", "auth_enveloped")
    found = {*findings, *keyed, *TYPE_ROWS[kind]}
    more.setdefault("keys", [key(plan["recipients"][0])])
    draft = EntityDraft(group, f"entity/{name}", title, clauses, build(made.octets()), made.intermediates, found, content=plan["content"], kind=kind, plan=plan,
                        form="entity",
                        visible=found - set(keyed), **more)
    draft.build = build
    return draft


def drafts(parents):
    for draft in kept():
        parents[draft.name] = draft
        yield draft
    yield from broken(parents)
    yield from inside(parents)
    yield from uncut(parents)


def kept():
    yield entity("base64", "application/pkcs7-mime in base64", MIME, part)
    yield entity("binary", "application/pkcs7-mime in binary", MIME, lambda data: part(data, encoding=b"binary"))
    yield entity("8bit", "application/pkcs7-mime in 8bit", MIME, lambda data: part(data, encoding=b"8bit"))
    yield entity("quoted-printable", "application/pkcs7-mime in quoted-printable", MIME, lambda data: part(data, encoding=b"quoted-printable"))
    yield entity("bare", "Neither transfer encoding nor disposition nor name", MIME,
                 lambda data: part(data, b"application/pkcs7-mime; smime-type=authEnveloped-data", None, None))
    yield entity("case", "Names and values in another case", MIME,
                 lambda data: b"CONTENT-TYPE: Application/PKCS7-Mime; SMIME-Type=AUTHENVELOPED-DATA; NAME=MESSAGE.P7M" + CRLF + b"content-transfer-encoding: BASE64" + CRLF + CRLF + wrapped64(data))
    yield entity("comments", "Comments, folded lines, quoted strings, blanks before a colon", MIME,
                 lambda data: b"X-Other: (" + CRLF + b"Content-Type : (a (nested) comment) application/pkcs7-mime" + CRLF + b'\t; smime-type="authEnveloped-\\data" (which)' + CRLF + b" ; name=smime.p7m" + CRLF
                 + b"Content-Transfer-Encoding: (six bits) base64" + CRLF + CRLF + wrapped64(data))
    yield entity("rfc2231", "A name in the form of RFC 2231", MIME,
                 lambda data: part(data, b"application/pkcs7-mime; smime-type=authEnveloped-data; name*0*=utf-8'en'caf%C3%A9; name*1=.p7m",
                                   disposition=b"attachment; filename*=utf-8''%e2%82%ac.p7m"))
    yield entity("one-line", "base64 in one line, without a line end", MIME, lambda data: part(data, body=base64.b64encode(data)))
    yield entity("ragged", "base64 with blanks, tabs and short lines", MIME, lambda data: part(data, body=wrapped64(data, b" \t\r\n\r\n", 5)))
    yield entity("semicolons", "Semicolons with nothing between them and behind the last", MIME,
                 lambda data: part(data, b"application/pkcs7-mime;; smime-type=authEnveloped-data ; ; name=smime.p7m;"))
    yield entity("disposition-unread", "A Content-Disposition whose parameters cannot be read is as if it were not there", MIME,
                 lambda data: part(data, disposition=b"attachment; filename==message.doc"))
    yield entity("control-quoted", "A control character in a quoted string", MIME, lambda data: part(data, TYPE.replace(b"smime.p7m", b"smime\x01.p7m")))
    yield entity("value-8bit", "A value with octets beyond ASCII", MIME, lambda data: part(data, TYPE.replace(b'"smime.p7m"', b"caf\xc3\xa9.p7m")))
    yield entity("lf", "Lines of the entity that end in LF alone: they are not of the content", MIME,
                 lambda data: part(data, body=wrapped64(data, b"\n"), end=b"\n"))
    yield entity("first-parameter", "Of a parameter that stands there twice it is the first", MIME,
                 lambda data: part(data, b"application/pkcs7-mime; smime-type=authEnveloped-data; smime-type=enveloped-data"))
    yield entity("setting", "The other smime-type, where the setting smime_type wants it", MIME,
                 lambda data: part(data, TYPE.replace(b"authEnveloped", b"auth-enveloped")),
                 settings={"smime_type": "auth-enveloped-data"})
    yield entity("no-keys", "No keys given", MIME[2:], part, keys=[], outcome="not_tried")
    yield entity("tag-16", "A tag of 16 octets", MIME, part, plan=plan_of("entity/tag-16", tag_len=16), findings=["RFC5084-3.2-05"])
    yield entity("mixed", "multipart/mixed with application/mikey before it", MIME, lambda data: multipart(MIKEY, part(data)))
    yield entity("mixed-list", "multipart/mixed with application/mikey and a URI list in clear", MIME, lambda data: multipart(MIKEY, URI_LIST, part(data)))
    yield entity("mixed-first", "multipart/mixed with the container first", MIME, lambda data: multipart(part(data, encoding=b"binary"), MIKEY))
    yield entity("mixed-text", "Preamble, epilogue, a quoted boundary and blanks behind delimiters", MIME,
                 lambda data: multipart(MIKEY, part(data), boundary=b"a b=c", quoted=True, preamble=b"--a b=cd" + CRLF, epilogue=b"--a b=c" + CRLF, pad=b" \t"))
    yield entity("nested", "A multipart in a multipart", MIME,
                 lambda data: multipart(MIKEY, multipart(b"Content-Type: text/plain" + CRLF + CRLF + b"--boundary1x", part(data), boundary=b"inner")))
    yield entity("two", "Two containers: the first is judged", MIME, lambda data: multipart(part(data), part(data[:-1])))
    yield entity("authenticated", "AuthenticatedData with its smime-type", MIME[:-1],
                 lambda data: part(data, b"application/pkcs7-mime; smime-type=authenticated-data"),
                 plan=plan_of("entity/authenticated", "hmac-sha-256", type="authenticated"))
    yield entity("enveloped", "EnvelopedData with its smime-type", MIME[:-1], lambda data: part(data, b"application/pkcs7-mime; smime-type=enveloped-data"),
                 plan=plan_of("entity/enveloped", "aes-128-cbc", type="enveloped"), allow_unauthenticated=True)
    content = b"Content-Type: text/plain" + CRLF + b"Content-Transfer-Encoding: binary" + CRLF + CRLF + b"one\ntwo\n"
    yield entity("content/binary-text", "Content: text in binary with LF alone: binary changes nothing, and is no exception", MIME[:1], part,
                 plan=plan_of("entity/content/binary-text", content=content), keyed=["RFC8551-3.1.1-x01"])
    signed = plan_of("entity/content/signed-data", content=b"no MIME\n", content_type=SIGNED_DATA, auth_attrs=[{"type": "content-type"}])
    yield entity("content/signed-data", "Content of another type than id-data need be no MIME", MIME[2:], part, plan=signed, findings=["TS33328-I.2.1-05"])
    for name, title, content in contents():
        yield entity(f"content/{name}", f"Content: {title}", MIME[:2], part, plan=plan_of(f"entity/content/{name}", content=content))


def contents():
    text = b"Content-Type: text/plain" + CRLF
    return (("multipart", "a multipart with text and a picture",
             multipart(TEXT, b"Content-Type: image/png" + CRLF + b"Content-Transfer-Encoding: binary" + CRLF + CRLF + b"\x89PNG\r\n\x1a\n\n\r")),
            ("binary-text-crlf", "text in binary with CRLF", text + b"Content-Transfer-Encoding: binary" + CRLF + CRLF + b"one\r\ntwo\r\n"),
            ("base64-text", "text in base64 whose lines end in LF alone", text + b"Content-Transfer-Encoding: base64" + CRLF + CRLF + b"aGVs\nbG8=\n"),
            ("octets", "octets with LF alone", b"Content-Type: application/octet-stream" + CRLF + CRLF + b"\n\r\n\n"),
            ("no-end", "text whose last line has no end", text + CRLF + b"one"), ("empty", "text of no octets", text + CRLF),
            ("utf-8", "text in UTF-8", b"Content-Type: text/plain; charset=utf-8" + CRLF + CRLF + "Grüße\r\n".encode()))


def unread(kind):
    """A Content-Type whose parameters cannot be read."""
    return (("control", "a control character stands in smime-type", kind.replace(b"-data", b"\x01-data")), ("delete", "DEL stands in a parameter", kind + b"; name=a\x7f.p7m"),
            ("two-equals", "a parameter has two =", kind + b"; name==smime.p7m"), ("open-quote", "a quoted string does not end", kind + b'; name="smime.p7m'),
            ("open-quote-escape", "a quoted string ends in a backslash alone", kind + b'; name="smime.p7m\\"'),
            ("no-value", "a parameter has no value", kind + b"; name="), ("no-equals", "a parameter has no =", kind + b"; name"),
            ("no-name", "a parameter has no name", kind + b"; =smime.p7m"), ("two-words", "something stands behind a value", kind + b"; name=smime .p7m"),
            ("behind-quote", "something stands behind a quoted string", kind + b'; name="smime".p7m'), ("tspecial", "a value has a tspecial", kind + b"; name=smime[1].p7m"),
            ("comma", "parameters are divided by a comma", kind + b"; name=a.p7m, x=y"))


def broken(parents):
    base, mixed = parents["entity/base64"], parents["entity/mixed"]
    plain = b"application/pkcs7-mime; smime-type=authEnveloped-data"
    for suffix, what, kind, rows in (
            ("x-pkcs7", "it is application/x-pkcs7-mime", TYPE.replace(b"application/", b"application/x-"), ["RFC8551-3.2-x01"]),
            ("octet-stream", "it is application/octet-stream", b"application/octet-stream; smime-type=authEnveloped-data", ["RFC8551-3.2-x01"]),
            ("octet-stream-bare", "it is application/octet-stream without smime-type", b"application/octet-stream", ["RFC8551-3.2-x01", "RFC8551-3.2.2-x01"]),
            ("text", "it is text/plain", b"text/plain; smime-type=authEnveloped-data", ["RFC8551-3.2-x01"]),
            ("no-type", "Content-Type is left out", None, ["RFC8551-3.2-x01", "RFC8551-3.2.2-x01"]),
            ("no-subtype", "Content-Type has no subtype, and is as if it were not there", b"application; smime-type=authEnveloped-data",
             ["RFC8551-3.2-x01", "RFC8551-3.2.2-x01"]),
            ("no-smime-type", "there is no smime-type", b"application/pkcs7-mime", ["RFC8551-3.2.2-x01"]),
            ("enveloped", "smime-type is enveloped-data", plain.replace(b"authE", b"e"), ["RFC8551-3.2.2-x01"]),
            ("signed", "smime-type is signed-data", plain.replace(b"authEnveloped", b"signed"), ["RFC8551-3.2.2-x01"]),
            ("second-parameter", "smime-type is there twice, first enveloped-data", plain.replace(b"smime-type=", b"smime-type=enveloped-data; smime-type="),
             ["RFC8551-3.2.2-x01"]),
            ("other-spelling", "smime-type is auth-enveloped-data", plain.replace(b"authEnveloped", b"auth-enveloped"), ["TS33328-I.2.2-x01"]),
            ("other-spelling-case", "smime-type is AUTH-Enveloped-Data", plain.replace(b"authEnveloped-data", b"AUTH-Enveloped-Data"), ["TS33328-I.2.2-x01"]),
            *((f"parameter-{suffix}", f"{what}: as if Content-Type were not there (RFC 2045 5.1)", kind, ["RFC8551-3.2-x01", "RFC8551-3.2.2-x01"])
              for suffix, what, kind in unread(plain)),
            ("name-bin", "name is message.bin", plain + b"; name=message.bin", ["RFC8551-3.2.1-x01"]),
            ("name-p7", "name is p7m", plain + b"; name=p7m", ["RFC8551-3.2.1-x01"]),
            ("name-p7s", "name is smime.p7s", plain + b"; name=smime.p7s", ["RFC8551-3.2.1-x01"])):
        yield base.mime(f"type-{suffix}", f"Content-Type: {what}", "Content-Type", what, lambda data, kind=kind: part(data, kind), rows)
    yield base.mime("filename", "Content-Disposition: filename is message.doc", "Content-Disposition", "filename is message.doc",
                    lambda data: part(data, disposition=b"attachment; filename=message.doc"), ["RFC8551-3.2.1-x01"])
    yield base.mime("filename-2231", "Content-Disposition: filename is message.doc, in the form of RFC 2231", "Content-Disposition", "filename* is message.doc",
                    lambda data: part(data, disposition=b"attachment; filename*=utf-8''message.doc"), ["RFC8551-3.2.1-x01"])
    yield base.mime("setting", "The setting smime_type wants the other spelling", "", "the setting smime_type is auth-enveloped-data",
                    rows=["TS33328-I.2.2-x01"], settings={"smime_type": "auth-enveloped-data"})
    yield parents["entity/setting"].mime("default", "The setting smime_type is the default", "", "the setting smime_type is not given",
                                         rows=["TS33328-I.2.2-x01"], settings={})
    for name, other in (("authenticated", b"authEnveloped-data"), ("enveloped", b"authenticated-data")):
        yield parents[f"entity/{name}"].mime("smime-type", f"The smime-type of another type for {name}", "Content-Type", f"smime-type is {other.decode()}",
                                             lambda data, other=other: part(data, b"application/pkcs7-mime; smime-type=" + other), ["RFC8551-3.2.2-x01"])
    yield base.mime("signed-data", "id-signedData inside, with smime-type signed-data", "", "the container is id-signedData, and smime-type says so",
                    lambda data: part(data, b"application/pkcs7-mime; smime-type=signed-data"),
                    ["TS33328-I.2.1-05"], outcome="refused", kind="other", plan={"outer_type": SIGNED_DATA})
    yield base.mime("signed-data-said-enveloped", "id-signedData inside, with the smime-type of another", "", "the container is id-signedData",
                    rows=["TS33328-I.2.1-05", "RFC8551-3.2.2-x01"], outcome="refused", kind="other",
                    plan={"outer_type": SIGNED_DATA})
    for parent in (base, mixed):
        yield from encodings(parent, (lambda one: one) if parent is base else (lambda one: multipart(MIKEY, one)))
    yield parents["entity/quoted-printable"].mime("bad-escape", "quoted-printable with = and no digits", "body", "=ZZ stands in the body",
                                                  lambda data: part(data, encoding=b"quoted-printable", body=quoted_printable(data) + b"=ZZ"),
                                                  ["RFC8551-3.1.2-x01"], outcome="not_tried", kind="")
    yield parents["entity/quoted-printable"].mime("control", "quoted-printable with a control character", "body", "a BEL stands in the body",
                                                  lambda data: part(data, encoding=b"quoted-printable", body=quoted_printable(data) + b"\x07"),
                                                  ["RFC8551-3.1.2-x01"], outcome="not_tried", kind="")
    wrong = key({**base.plan["recipients"][0], "kek": octets("entity wrong kek", 16)})
    yield base.mime("wrong-kek", "An entity and another KEK", "", "the key that is given is another", outcome="failed", keyed=TAG_ROWS["auth_enveloped"],
                    keys=[wrong])


def encodings(parent, around):
    for suffix, what, encoding, body in (
            ("unknown", "the transfer encoding is x-uuencode", b"x-uuencode", wrapped64),
            ("two-words", "the transfer encoding is base64 binary", b"base64 binary", wrapped64), ("empty", "the transfer encoding is empty", b"", wrapped64),
            ("no-base64", "a * stands in the base64", b"base64", lambda data: b"*" + wrapped64(data)),
            ("url-safe", "the last digits are those of base64url", b"base64", lambda data: base64.b64encode(data)[:-4] + b"-_-_"),
            ("cut-base64", "one digit of the base64 is left out", b"base64", lambda data: base64.b64encode(data)[1:]),
            ("padding-inside", "padding stands within the base64", b"base64", lambda data: b"QQ==" + base64.b64encode(data)),
            ("unused-bits", "bits that base64 does not use are set", b"base64", lambda data: b"QR==")):
        yield parent.mime(f"encoding-{suffix}", f"Content-Transfer-Encoding: {what}", "Content-Transfer-Encoding", what, lambda data, encoding=encoding,
                          body=body: around(part(data, encoding=encoding, body=body(data))),
                          ["RFC8551-3.1.2-x01"], outcome="not_tried", kind="")


def inside(parents):
    """What was protected and should not have been as it is (RFC 8551 3.1, 3.1.1)."""
    base, type_line = parents["entity/base64"], b"Content-Type: text/plain" + CRLF
    entity_row, lines_row = "RFC8551-3.1-x01", "RFC8551-3.1.1-x01"
    for suffix, what, content, row in (
            ("bare-text", "it is text without headers", b"The meeting is at noon.\r\n", entity_row), ("nothing", "it is empty", b"", entity_row),
            ("no-content-type", "its headers have no Content-Type", b"Content-Language: en" + CRLF + CRLF + b"text" + CRLF, entity_row),
            ("no-empty-line", "there is no empty line", type_line, entity_row),
            ("no-header", "it begins with an empty line", CRLF + b"text" + CRLF, entity_row),
            ("two-equals", "its Content-Type has a parameter with two =", b"Content-Type: text/plain; charset==utf-8" + CRLF + CRLF + b"text" + CRLF, entity_row),
            ("no-slash", "its Content-Type has no subtype", b"Content-Type: text" + CRLF + CRLF + b"text" + CRLF, entity_row),
            ("lf", "its lines end in LF alone", TEXT.replace(CRLF, b"\n"), lines_row),
            ("lf-body", "the lines of its text end in LF alone", type_line + CRLF + b"one\ntwo\n", lines_row),
            ("lf-header", "one header ends in LF alone", type_line[:-2] + b"\n" + CRLF + b"one" + CRLF, lines_row),
            ("lf-binary", "the lines of its text in binary end in LF alone",
             type_line + b"Content-Transfer-Encoding: Binary" + CRLF + CRLF + b"one\ntwo\n", lines_row),
            ("lf-binary-part", "the text in binary of one of its parts ends in LF alone",
             multipart(TEXT, type_line + b"Content-Transfer-Encoding: binary" + CRLF + CRLF + b"one\ntwo"), lines_row),
            ("cr-body", "a line of its text ends in CR alone", type_line + CRLF + b"one\rtwo\r\n", lines_row),
            ("lf-octets-header", "its headers end in LF alone, its body is no text", b"Content-Type: application/octet-stream\n\nxyz", lines_row),
            ("lf-part", "the text of one of its parts ends in LF alone", multipart(TEXT, type_line + CRLF + b"one\ntwo"), lines_row),
            ("lf-delimiter", "the line of a delimiter ends in LF alone", multipart(TEXT, TEXT).replace(b"--boundary1\r\n", b"--boundary1\n", 1), lines_row),
            ("lf-preamble", "the preamble of its multipart has LF alone", multipart(TEXT, preamble=b"one\ntwo\r\n"), lines_row)):
        yield base.mime(f"content-{suffix}", f"Content: {what}", "content", what, rows=[row], keyed=[row], plan={"content": content})


def uncut(parents):
    """What cannot be cut as MIME, and containers in MIME that cannot be cut."""
    base, mixed = parents["entity/base64"], parents["entity/mixed"]
    for suffix, what, octets_of in (
            ("no-empty-line", "there is no empty line", lambda data: part(data).split(CRLF + CRLF)[0] + CRLF),
            ("no-header", "there is no header", lambda data: CRLF + wrapped64(data)),
            ("no-colon", "a header has no colon", lambda data: b"Content" + CRLF + part(data)),
            ("goes-on", "the first line begins with a blank", lambda data: b" x" + CRLF + part(data)),
            ("nul", "a NUL stands among the headers", lambda data: b"X-A: \0" + CRLF + part(data)),
            ("name-8bit", "a name has 8-bit octets", lambda data: b"X-\xc3\xa4: a" + CRLF + part(data)),
            ("type-twice", "Content-Type is there twice", lambda data: b"Content-Type: text/plain" + CRLF + part(data)),
            ("encoding-twice", "Content-Transfer-Encoding is there twice", lambda data: b"Content-Transfer-Encoding: base64" + CRLF + part(data)),
            ("disposition-twice", "Content-Disposition is there twice", lambda data: b"Content-Disposition: inline" + CRLF + part(data)),
            ("nothing", "there is not one octet", lambda data: b""),
            ("no-container", "it is text without a container", lambda data: TEXT)):
        yield base.mime(f"mime-{suffix}", f"No entity: {what}", "", what, octets_of, error="bad_mime")
    for suffix, what, octets_of in (
            ("not-closed", "no delimiter closes it", lambda data: multipart(MIKEY, part(data), close=False)),
            ("no-boundary", "it has no boundary", lambda data: multipart(MIKEY, part(data)).replace(b"; boundary=boundary1", b"")),
            ("boundary-quote", "its boundary is in a quoted string that does not end",
             lambda data: multipart(MIKEY, part(data)).replace(b"boundary=boundary1", b'boundary="boundary1')),
            ("boundary-71", "its boundary has 71 characters", lambda data: multipart(MIKEY, part(data), boundary=b"b" * 71)),
            ("boundary-empty", "its boundary is empty", lambda data: multipart(MIKEY, part(data)).replace(b"boundary=boundary1", b'boundary=""')),
            ("other-boundary", "the delimiters are of another boundary",
             lambda data: multipart(MIKEY, part(data)).replace(b"boundary=boundary1", b"boundary=boundary2")),
            ("part-no-colon", "a part begins with a line that is no header", lambda data: multipart(b"no header" + CRLF, part(data))),
            ("no-container", "it holds no container", lambda data: multipart(MIKEY, TEXT))):
        yield mixed.mime(f"mime-{suffix}", f"No multipart: {what}", "", what, octets_of, error="bad_mime")
    deep = lambda data: nest(part(data), 9)     # noqa: E731
    yield mixed.mime("nine-deep", "Nine multiparts, one in another", "", "there are nine multiparts, one in another", deep, error="too_deep")
    yield mixed.mime("many-parts", "129 parts", "", "there are 129 parts", lambda data: multipart(*[TEXT] * 128, part(data)), error="too_large")
    yield mixed.mime("long-headers", "More than 16384 octets of headers", "", "a header has 20000 octets",
                     lambda data: b"X-Long: " + (b"x" * 98 + CRLF + b" ") * 200 + b"x" + CRLF + multipart(MIKEY, part(data)), error="too_large")
    row = "RFC5652-3-x01"
    for suffix, what, status, change in (("trailing", "an octet stands behind the ContentInfo", "trailing", lambda data: data + b"\0"),
                                         ("truncated", "the last octet of the container is cut off", "truncated", lambda data: data[:-1]),
                                         ("no-ber", "the container is no BER", "bad_cms", lambda data: data[:1] + b"\xff" + data[2:]),
                                         ("empty", "the container has no octets", "bad_cms", lambda data: b"")):
        yield base.mime(f"container-{suffix}", f"An entity whose container cannot be cut: {what}", "body", what, lambda data, change=change: part(change(data)),
                        error=(status, row))
    yield base.mime("container-no-mac", "An entity whose container has no mac", "body", "mac is left out", lambda data: part(without_mac(data)),
                    error=("bad_cms", "RFC5083-2.1-01"))


def nest(inner, depth):
    for level in range(depth):
        inner = multipart(inner, boundary=b"level%d" % level)
    return inner


def without_mac(data):
    root = ber.read(data)
    root.children[1].children[0].children.pop()
    return ber.encode(root)
