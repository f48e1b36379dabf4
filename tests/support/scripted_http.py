"""A real HTTP server with prepared answers, for answers that no simulator gives."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request that was received; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Script:
    """The remaining answers, in order, and the requests received."""

    url: str = ""
    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list[Any])
    requests: list[Request] = field(default_factory=list[Request])
    held: list[threading.Event] = field(default_factory=list[threading.Event])
    """Each is set to answer the requests that came after it."""

    @contextmanager
    def holding(self) -> Generator[None]:
        """Requests are received while the block runs, and answered after it."""
        released = threading.Event()
        self.held.append(released)
        try:
            yield
        finally:
            released.set()

    def answer(self, status: int, body: Any, **headers: str) -> None:
        """Prepares a JSON answer; `_` in a header's name stands for `-`."""
        self.answers.append((status, body, {k.replace("_", "-"): v for k, v in headers.items()}))


@contextmanager
def scripted_http() -> Generator[Script]:
    """Serves a script on a free port."""
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            script.requests.append(Request(self.command, self.path, headers, body))
            for released in script.held:
                released.wait()
            status, answer, answer_headers = script.answers.pop(0)
            content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**answer_headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_GET  # noqa: N815  http.server finds them by these names

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
