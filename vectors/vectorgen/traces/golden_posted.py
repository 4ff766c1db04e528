"""What is posted to the KMS again: a copy where the response before it says that the KMS did not take it, else a replay (TRACE.md section 2)."""

from ..conversations.plan import MODE1, media as media_plan
from . import talks
from .draft import Draft
from .golden_calls import KMS_HTTP, UE_HTTP
from .golden_replays import OTHER, REPLAY, STRANGER, INNER, OUTER, again, posted, requests
from .golden_sdp import HOST_B
from .scene import Key, Scene, Sdp, audio

OTHER_KMS = "203.0.113.81:80"
UE_LATER, UE_B, UE_B_LATER = "192.0.2.1:50011", "192.0.2.2:50001", "192.0.2.2:50011"
WANTED, PLACE, PAGE = 'WWW-Authenticate: Digest realm="kms.example.com", nonce="1"', "Location: http://kms2.example.com/keymanagement", "Content-Type: text/html"
STATUS = {"200": ("200 OK",), "204": ("204 No Content",), "302": ("302 Found", PLACE), "401": ("401 Unauthorized", WANTED), "407": ("407 Proxy Authentication Required",),
          "500": ("500 Internal Server Error",)}


def drafts(parents):
    for part in (wanted, elsewhere, failed, answered_twice, twice_wanted, proxied, resolved):
        for draft in part():
            parents[draft.name] = draft
            yield draft


def refused(s, client, status, server=KMS_HTTP, text="", label="status"):
    s.http_status(client, server, *STATUS[status], *([PAGE] if text else []), text=text, label=label)


def asked_again(status="401", client=UE_LATER, server=KMS_HTTP, early=False, interim=False, keys=True, text="", replay=False):
    """REQUEST_INIT, a response without MIKEY, the REQUEST_INIT again, REQUEST_RESP. `early`: the second does not wait for the response."""
    talk = requests("posted")
    s = Scene(talk.keys() if keys else None, "ims-media")
    s.http(UE_HTTP, KMS_HTTP, Key(talk.all[0]))
    if interim:
        s.http_status(UE_HTTP, KMS_HTTP, "100 Continue")
    if not early:
        refused(s, UE_HTTP, status, text=text)
    s.http(client, server, Key(talk.all[0], **again(True, conversation=1) if replay else {"copy_of": 0}), label="again")
    if early:
        refused(s, UE_HTTP, status, text=text)
    s.http(client, server, Key(talk.all[1], conversation=int(replay)), response=True)
    return s


def wanted():
    yield Draft("replays", "posted/407", "A REQUEST_INIT is posted again over the same connection after 407: a copy", asked_again, [REPLAY], status="407", client=UE_HTTP)
    parent = Draft("replays", "posted/401", "A REQUEST_INIT is posted again after 401: a copy", asked_again, [REPLAY])
    yield parent
    yield parent.breaks("stranger", "A REQUEST_INIT is posted again from another address after 401", "again", "it comes from another address the second time", {REPLAY: None},
                        client=STRANGER, replay=True)
    yield parent.breaks("taken", "A REQUEST_INIT is posted again after 200 without a MIKEY message", "status", "the first response is 200", {REPLAY: None}, status="200", replay=True)
    yield parent.breaks("early", "A REQUEST_INIT is posted again before the 401 comes", "again", "it does not wait for the response", {REPLAY: None}, early=True, replay=True)
    unknown = Draft("replays", "posted/401/no-keys", "A REQUEST_INIT is posted again after 401: a copy; no keys are known", asked_again, [REPLAY], keys=False)
    yield unknown
    yield unknown.breaks("stranger", "A REQUEST_INIT is posted again from another address after 401; no keys are known", "again", "it comes from another address the second time",
                         {REPLAY: None}, client=STRANGER, replay=True)
    interim = Draft("replays", "posted/interim", "A REQUEST_INIT is posted again after 100 and 401: a copy", asked_again, [REPLAY], interim=True)
    yield interim
    yield interim.breaks("taken", "A REQUEST_INIT is posted again after 100 and 204", "status", "the first final response is 204", {REPLAY: None}, status="204", replay=True)


def elsewhere():
    parent = Draft("replays", "posted/302", "A REQUEST_INIT is posted to another place after 302: a copy", asked_again, [REPLAY], status="302", server=OTHER_KMS)
    yield parent
    yield parent.breaks("stranger", "A REQUEST_INIT is posted to the other place from another address after 302", "again", "it comes from another address the second time",
                        {REPLAY: None}, client=STRANGER, replay=True)
    yield parent.breaks("taken", "A REQUEST_INIT is posted to another place after 200 without a MIKEY message", "status", "the first response is 200", {REPLAY: None}, status="200", replay=True)


def asked_after_500(error=False):
    talk = requests("posted-error", ("error", {"about": 0}))
    s = Scene(talk.keys(), "ims-media")
    s.http(UE_HTTP, KMS_HTTP, Key(talk.all[0]))
    if error:
        s.http(UE_HTTP, KMS_HTTP, Key(talk.all[2]), response=True, status=STATUS["500"][0], label="error")
    else:
        refused(s, UE_HTTP, "500", text="<p>No.</p>")
    s.http(UE_LATER, KMS_HTTP, Key(talk.all[0], **again(True, conversation=1) if error else {"copy_of": 0}))
    s.http(UE_LATER, KMS_HTTP, Key(talk.all[1], conversation=int(error)), response=True)
    return s


def failed():
    parent = Draft("replays", "posted/500", "A REQUEST_INIT is posted again after 500 with a page: a copy", asked_after_500, [REPLAY])
    yield parent
    yield parent.breaks("error", "A REQUEST_INIT is posted again after 500 with a MIKEY Error", "error", "the 500 holds a MIKEY Error about the REQUEST_INIT", {REPLAY: None}, error=True)


def asked_after_answer(replay=False):
    """Two exchanges, each with a ticket; the second REQUEST_INIT is posted twice, with 401 between."""
    talk = requests("granted", "request_resp") if replay else requests("granted", OTHER, "request_resp")
    s = Scene(talk.keys(), "ims-media")
    posted(s, UE_HTTP, *talk.all[:2])
    init, resp = talk.all[0 if replay else 2], talk.all[2 if replay else 3]
    s.http(UE_HTTP, KMS_HTTP, Key(init, **again(replay, conversation=1)), label="again")
    refused(s, UE_HTTP, "401")
    s.http(UE_HTTP, KMS_HTTP, Key(init, copy_of=2))
    s.http(UE_HTTP, KMS_HTTP, Key(resp, conversation=1), response=True)
    return s


def answered_twice():
    parent = Draft("replays", "posted/answered", "Two Ticket Requests; the second is posted again after 401", asked_after_answer, [REPLAY])
    yield parent
    yield parent.breaks("replay", "A REQUEST_INIT that got its ticket is posted again, gets 401, and is posted once more: a copy of the replay", "again",
                        "the octets are those of the first REQUEST_INIT", {REPLAY: None}, replay=True)


def asked_three_times(second="401"):
    talk = requests("posted")
    s = Scene(talk.keys(), "ims-media")
    s.http(UE_HTTP, KMS_HTTP, Key(talk.all[0]))
    refused(s, UE_HTTP, "401", label=None)
    s.http(UE_LATER, KMS_HTTP, Key(talk.all[0], copy_of=0))
    refused(s, UE_LATER, second)
    replay = second == "200"
    s.http(UE_LATER, KMS_HTTP, Key(talk.all[0], **again(True, conversation=1) if replay else {"copy_of": 0}), label="again")
    s.http(UE_LATER, KMS_HTTP, Key(talk.all[1], conversation=int(replay)), response=True)
    return s


def twice_wanted():
    parent = Draft("replays", "posted/twice", "A REQUEST_INIT is posted three times, with 401 two times: copies", asked_three_times, [REPLAY])
    yield parent
    yield parent.breaks("taken", "A REQUEST_INIT is posted three times; 401, then 200 without a MIKEY message", "status", "the second response is 200", {REPLAY: None}, second="200")


def asked_by_proxy(client=UE_LATER, replay=False):
    """UE, HTTP proxy, KMS: the 401 goes back to the UE."""
    talk = requests("posted")
    s = Scene(talk.keys(), "ims-media")
    s.http(UE_HTTP, OUTER, Key(talk.all[0]))
    s.http(INNER, KMS_HTTP, Key(talk.all[0], copy_of=0))
    refused(s, INNER, "401")
    refused(s, UE_HTTP, "401", server=OUTER)
    s.http(client, OUTER, Key(talk.all[0], **again(True, conversation=1) if replay else {"copy_of": 0}), label="again")
    s.http(INNER, KMS_HTTP, Key(talk.all[0], copy_of=2 if replay else 0))
    s.http(INNER, KMS_HTTP, Key(talk.all[1], conversation=int(replay)), response=True)
    s.http(client, OUTER, Key(talk.all[1], copy_of=len(s.messages) - 1), response=True)
    return s


def proxied():
    parent = Draft("replays", "posted/proxy", "A REQUEST_INIT is posted again through an HTTP proxy after 401: copies", asked_by_proxy, [REPLAY])
    yield parent
    yield parent.breaks("stranger", "A REQUEST_INIT is posted again through an HTTP proxy, from another address, after 401", "again",
                        "it comes from another address the second time", {REPLAY: None}, client=STRANGER, replay=True)


def resolved_again(status="401", client=UE_B_LATER, replay=False):
    talk = talks.made(media_plan("traces/posted-resolve", cs=talks.rtp().maker.plan.cs, steps=MODE1))
    s = Scene(talk.keys())
    posted(s, UE_HTTP, *talk.all[:2])
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    s.http(UE_B, KMS_HTTP, Key(talk.all[3]))
    refused(s, UE_B, status)
    s.http(client, KMS_HTTP, Key(talk.all[3], **again(True, ex="resolve1") if replay else {"copy_of": 3}), label="again")
    s.http(client, KMS_HTTP, Key(talk.all[4], **{"ex": "resolve1"} if replay else {}), response=True)
    c.response(200, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B))
    c.request("ACK", None, to_tag="b1")
    return s


def resolved():
    parent = Draft("replays", "posted/resolve", "A RESOLVE_INIT is posted again after 401: a copy", resolved_again, [REPLAY])
    yield parent
    yield parent.breaks("stranger", "A RESOLVE_INIT is posted again from another address after 401", "again", "it comes from another address the second time", {REPLAY: None},
                        client=STRANGER, replay=True)
    yield parent.breaks("taken", "A RESOLVE_INIT is posted again after 200 without a MIKEY message", "status", "the first response is 200", {REPLAY: None}, status="200", replay=True)
