"""HTTP/1.1 messages (RFC 9112), as far as the KMS's exchanges need them."""


class Message:
    def __init__(self, octets):
        head, _, body = octets.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.first_line = lines[0]
        words = lines[0].split(" ", 2)
        self.request = not lines[0].startswith("HTTP/")
        self.method, self.target = (words[0], words[1]) if self.request else (None, None)
        self.status = None if self.request else int(words[1])
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers.setdefault(name.strip().lower(), value.strip())
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            body = unchunked(body)
        elif "content-length" in self.headers:
            body = body[:int(self.headers["content-length"])]
        self.body = body

    @property
    def interim(self):
        """A response before the one that ends the exchange (RFC 9110 15.2); behind 101 there is no HTTP."""
        return not self.request and self.status < 200 and self.status != 101

    @property
    def content_type(self):
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


def unchunked(octets):
    out, at = b"", 0
    while True:
        line, _, _ = octets[at:].partition(b"\r\n")
        size = int(line.split(b";")[0], 16)
        at += len(line) + 2
        if not size:
            return out
        out += octets[at:at + size]
        at += size + 2
