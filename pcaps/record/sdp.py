"""Session descriptions of the scenes."""
import base64


def key_mgmt(message):
    """The attribute of RFC 4567 for a message, or for text that is no message."""
    data = message if isinstance(message, str) else base64.b64encode(message.octets).decode()
    return f"a=key-mgmt:mikey {data}"


def description(name, address, media, session=(), version=1):
    """`media`: lists of lines, each beginning with the m-line; `session`: attributes at session level."""
    family = "IP6" if ":" in address else "IP4"
    lines = ["v=0", f"o={name} 2890844526 {2890844526 + version} IN {family} {address}", "s=-", f"c=IN {family} {address}", "t=0 0", *session]
    for one in media:
        lines += one
    return "\r\n".join(lines) + "\r\n"


def audio(port=49170, *attributes, padding=0):
    """RTP/SAVP; `padding`: payload types that nobody needs, to make the description large."""
    types = list(range(97, 97 + padding))
    lines = [f"m=audio {port} RTP/SAVP {' '.join(str(one) for one in [0, *types])}", "a=rtpmap:0 PCMU/8000"]
    for one in types:
        lines += [f"a=rtpmap:{one} AMR-WB/16000/1", f"a=fmtp:{one} mode-change-capability=2; max-red=0; mode-set=0,1,2,3,4,5,6,7,8"]
    return lines + ["a=ptime:20", "a=sendrecv", *attributes]


def msrp(host, port, session, *attributes, tls=True):
    return [f"m=message {port} TCP/{'TLS/' if tls else ''}MSRP *", "a=accept-types:text/plain",
            f"a=path:msrp{'s' if tls else ''}://{host}:{port}/{session};tcp", *attributes]


def bfcp(port, *attributes, tls=True):
    return [f"m=application {port} TCP/{'TLS/' if tls else ''}BFCP *", "a=floorctrl:c-s", "a=confid:4321", "a=userid:1234", *attributes]
