"""A SIP peer for what is replayed: reads requests, answers as it is told."""
import base64
import socket
import threading


def headers_of(request):
    head, body = request.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    return lines[0], {name.strip().lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}, body


def answer_to(request, status="200 OK", mikey=None, tag="peer-tag-77"):
    _, headers, _ = headers_of(request)
    body = b""
    if mikey:
        body = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                f"a=key-mgmt:mikey {base64.b64encode(mikey).decode()}\r\nm=audio 4000 RTP/SAVP 0\r\n").encode()
    to = headers["to"] if ";tag=" in headers["to"] else f"{headers['to']};tag={tag}"
    lines = [f"SIP/2.0 {status}", f"Via: {headers['via']}", f"From: {headers['from']}", f"To: {to}", f"Call-ID: {headers['call-id']}",
             f"CSeq: {headers['cseq']}", *(["Content-Type: application/sdp"] if body else []), f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


class Peer:
    """Answers SIP over UDP or TCP; `answer(request)` gives a list of what to send, None closes."""

    def __init__(self, transport, answer):
        self.transport, self.answer, self.requests, self.sources = transport, answer, [], []
        self.socket = socket.socket(type=socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
        self.socket.bind(("127.0.0.1", 0))
        self.to = f"{transport}:127.0.0.1:{self.socket.getsockname()[1]}"
        self.socket.settimeout(20)
        if transport == "tcp":
            self.socket.listen(1)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        try:
            if self.transport == "tcp":
                self.serve_connection()
            else:
                self.serve_datagrams()
        except OSError:
            pass  # ended by the test, or by who left

    def serve_datagrams(self):
        while True:
            request, source = self.socket.recvfrom(65536)
            self.requests.append(request)
            self.sources.append(source)
            for said in self.answer(request) or []:
                self.socket.sendto(said, source)

    def serve_connection(self):
        connection, source = self.socket.accept()
        with connection:
            connection.settimeout(20)
            data = b""
            while True:
                more = connection.recv(65536)
                if not more:
                    return
                data += more
                while b"\r\n\r\n" in data:
                    _, headers, body = headers_of(data)
                    length = int(headers.get("content-length", 0))
                    if len(body) < length:
                        break
                    size = len(data) - len(body) + length
                    request, data = data[:size], data[size:]
                    self.requests.append(request)
                    self.sources.append(source)
                    said = self.answer(request)
                    if said is None:
                        return
                    for one in said:
                        for i in range(0, len(one), 700):  # in pieces
                            connection.sendall(one[i:i + 700])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.thread.join(timeout=5)


def answering(mikey):
    def answer(request):
        if request.startswith(b"ACK"):
            return []
        return [answer_to(request, "100 Trying"), answer_to(request, "200 OK", mikey)]
    return answer
