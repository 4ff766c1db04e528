"""The rows of the exchanges that an accepted conversation is an example of, by what is in it (CONVERSATION.md section 8)."""


def rows(*names):
    return ["RFC6043-" + name for name in names]


ANY = rows("12.1-04", "12.1-05", "12.1-09", "6.2.1-02") + ["RFC3830-5.4-x02"]
PK = ("-02", "-03", "-04", "-x03", "-x05", "-x06")
REQUEST_RESP = rows("4.2.1.5-01", "4.2.1.5-03", "4.2.1.5-06", "4.2.1.5-08", "4.2.1.5-09", "4.2.1.5-13", "4.2.1.5-x02",
                    "4.2.1.5-x03", "4.2.1.1-05", "6.10-x20")
TICKET = rows("A.1-04", "A.1-08", "A-x05", "6.10-01")
TRANSFER_INIT = rows("4.2.2.1-09", "6.10-x22")
TRANSFER_RESP = rows("4.2.2.3-01", "4.2.2.3-07", "4.2.2.3-09", "6.10-05", "4.2.2.3-14", "4.2.2.3-17", "4.2.2.3-19", "4.2.2.3-x02",
                     "6.1.1-04", "6.1.1-x07", "6.1.1-06", "6.1.1-10", "6.10-04")
RESOLVE_INIT = rows("4.2.3.1-x02", "4.2.3.4-x01", "6.10-x22")
RESOLVE_RESP = rows("4.2.3.5-01", "4.2.3.5-03", "4.2.3.5-06", "4.2.3.5-07", "4.2.3.5-08", "4.2.3.5-15", "4.2.3.5-x02",
                    "4.2.3.5-x03", "4.2.3.4-01")
UPDATE = rows("5.2-01a", "5.2-01b", "5.2-04", "5.2-06", "5.2-08")
REUSE = rows("5.3-01", "5.3-03")


def kept(plan):
    """What a plan's steps exercise."""
    steps = [(step, {}) if isinstance(step, str) else step for step in plan.steps]
    names, forked, out = {name for name, _ in steps}, "I" in plan.ones, set(ANY)
    if "request_init" in names:
        out |= {f"RFC6043-4.2.1.3{end}" for end in PK} | {"RFC6043-5.5-x01"} if plan.request == "pk" else {"RFC6043-4.2.1.2-04"}
    if "request_resp" in names:
        out |= set(REQUEST_RESP)
    if "transfer_init" in names:
        out |= set(TICKET + TRANSFER_INIT)
        if "request_resp" in names:
            out.add("RFC6043-4.2.2.1-x02")
        if forked:
            out.add("RFC6043-6.10-30")
            if not {"", "transfer"} & set(plan.omit):
                out.add("RFC6043-4.2.2.1-x03")
        if plan.supplied_i:
            out |= set(rows("5.2-11", "5.2-x02"))
    if "transfer_resp" in names:
        out |= set(TRANSFER_RESP)
        if forked:
            out |= set(rows("4.2.2.3-10", "4.2.2.3-12"))
    if "resolve_init" in names:
        out |= set(RESOLVE_INIT)
        out |= {f"RFC6043-4.2.3.3{end}" for end in PK} | {"RFC6043-5.5-x01"} if plan.resolve == "pk" else {"RFC6043-4.2.3.2-04"}
    if "resolve_resp" in names:
        out |= set(RESOLVE_RESP)
        if forked:
            out |= set(rows("4.2.3.5-10", "4.2.3.5-11", "5.1.1-02"))
    out |= later(plan, steps, names)
    if names & {"request_init", "transfer_init"}:
        out.add("RFC6043-4.2-x05")
    return sorted(out | given(plan, names))


def later(plan, steps, names):
    out = set()
    if "update_init" in names:
        out |= set(UPDATE)
        if any(more.get("keys") for name, more in steps if name.startswith("update")):
            out |= set(rows("5.2-11", "5.2-x02"))
    if "update_resp" in names:
        out |= set(rows("5.2-02", "5.2-09"))
    if any(name == "transfer_init" and more.get("ex", "").startswith("reuse") for name, more in steps):
        out |= set(REUSE)
        if "I" in plan.ones and "transfer_resp" in names:
            out.add("RFC6043-5.3-02")
    for name, more in steps:
        if name == "error":
            out |= set(rows("5.4-07", "5.4-09", "5.4-x04"))
            if "transfer_init" in names and more.get("how", "mac") == "mac":
                out.add("RFC6043-5.4-x05")
            out |= {"mac": {"RFC6043-5.4-11"}, "sign": {"RFC6043-5.5-x01"}}.get(more.get("how", "mac"), set())
            if more.get("how", "mac") != "mac" and "pk" in (plan.request, plan.resolve):
                out.add("RFC6043-5.4-x03")
    return out


def given(plan, names):
    """Rows that are judged only where the conversation gives what they need, or under a profile."""
    out = set()
    if plan.now is not None:
        out.add("RFC3830-5.4-x01")
    if plan.trust:
        out |= {f"RFC6043-4.2.{n}.3-x04" for n, method,
                step in ((1, plan.request, "request_init"), (3, plan.resolve, "resolve_init"))
                if method == "pk" and step in names}
    if plan.subscribers:
        out.add("TS33328-6.2.3.5-01")
        if "resolve_resp" in names:
            out.add("TS33328-6.2.3.6-03")
    if plan.profile != "rfc6043":
        out.add("TS33328-6.2.3.2-01")
    if plan.profile == "ims-message":
        out |= {"TS33328-F.3-05", "TS33328-F.3-11"}
    if plan.setting.get("tls_key") == "tgk":
        out.add("TS33328-H.1-05")
    return out
