"""A mail server that accepts and stores every message."""

from __future__ import annotations

import socketserver
import threading

from tests.waiting import POLL


class FakeSmtp:
    """A fake mail server. `mails` holds the recipients and text of each accepted message."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], str]] = []
        mails = self.mails

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                to: list[str] = []
                self.wfile.write(b"220 loopback\r\n")
                while line := self.rfile.readline().decode().strip():
                    word = line.upper()
                    if word.startswith("RCPT TO:"):
                        to.append(line[8:].split()[0].strip("<>"))
                    if word == "DATA":
                        self.wfile.write(b"354 end with a dot\r\n")
                        text = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                        mails.append((to, "".join(text)))
                    self.wfile.write(b"221 bye\r\n" if word == "QUIT" else b"250 ok\r\n")
                    if word == "QUIT":
                        break

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(POLL,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
