"""What clients do to a real process over real sockets: too much, too slowly, too many at once."""

import json
import socket
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
from stripe import WebhookSignature

from dev.tokens import AUDIENCE, ISSUER, OF_A_CUSTOMER, Mint
from storage import orders
from storage.migrate import migrate
from tests.integration.api.test_main import COMMAND
from tests.support.databases import opened
from tests.support.examples import add_customer, order
from tests.support.processes import LIMIT_SECONDS, Running, eventually, free_port, running

LONG = 5_000_000
LONG_SECONDS = 300
BRIEF_SECONDS = 2

FULL = 24
HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
ABSENT = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"
PLACED = "7b2f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"


class Api:
    """An API process, its port, and the issuer whose tokens it takes."""

    def __init__(self, port: int, mint: Mint) -> None:
        self.port = port
        self.mint = mint
        self.url = f"http://127.0.0.1:{port}"
        self.started = time.monotonic()
        self.process: Running

    def connect(self, address: str = "127.0.0.1") -> socket.socket:
        """A connection from that address of loopback's."""
        return socket.create_connection(
            ("127.0.0.1", self.port), timeout=60, source_address=(address, 0)
        )

    def ask(self, request: bytes, address: str = "127.0.0.1") -> "Answer":
        """The answer to what is sent at once."""
        with self.connect(address) as client:
            client.sendall(request)
            return Answer.read(client)

    def clients(self) -> set[int]:
        """The ports of the clients that are connected."""
        connections = psutil.Process(self.process.pid).net_connections("tcp")
        return {c.raddr.port for c in connections if c.raddr and c.laddr.port == self.port}

    def token(self, *scopes: str) -> str:
        """A header with a customer's token."""
        token = self.mint.token("kermit", scopes or OF_A_CUSTOMER)
        return f"Authorization: Bearer {token}\r\n"


class Answer:
    """The first answer on a connection, and whether the server closed the connection then."""

    def __init__(self, text: bytes, *, is_closed: bool) -> None:
        head, _, rest = text.partition(b"\r\n\r\n")
        # Another answer may be there already.
        self.body = rest[: self._length(head)]
        line, *headers = head.decode().split("\r\n")
        self.status = int(line.split()[1]) if line else 0
        pairs = [header.split(": ", 1) for header in headers]
        self.headers = {name.lower(): value for name, value in pairs}
        self.is_closed = is_closed

    @classmethod
    def read(cls, client: socket.socket) -> "Answer":
        """Raises `ConnectionResetError` if the server is so rude."""
        text, is_closed = b"", False
        while not cls._is_whole(text) and not is_closed:
            part = client.recv(65_536)
            is_closed = not part
            text += part
        if b"\r\nconnection: close" in text.lower():
            is_closed = is_closed or not client.recv(1)
        return cls(text, is_closed=is_closed)

    @staticmethod
    def _is_whole(text: bytes) -> bool:
        head, end, body = text.partition(b"\r\n\r\n")
        return bool(end) and len(body) >= Answer._length(head)

    @staticmethod
    def _length(head: bytes) -> int:
        _, _, length = head.lower().partition(b"\r\ncontent-length: ")
        return int(length.split(b"\r\n")[0] or 0)

    def problem(self, status: int) -> str:
        """The type of the problem, with that status."""
        assert self.status == status
        assert self.headers["content-type"] == "application/problem+json"
        assert self.headers["x-content-type-options"] == "nosniff"
        assert self.headers["content-security-policy"].startswith("default-src 'none'")
        assert self.headers["referrer-policy"] == "no-referrer"
        assert UUID(self.headers["x-correlation-id"])
        problem = json.loads(self.body)
        assert problem["status"] == status
        return problem["type"]


@contextmanager
def serving(folder: Path, ready: str = "/products", **settings: Any) -> Generator[Api]:
    """An API with AUTH=jwt and long deadlines; nobody listens where Temporal should."""
    mint = Mint(folder / "tokens")
    api = Api(free_port(), mint)
    environment = {
        "API_PORT": api.port,
        "DATABASE_URL": f"sqlite:///{folder}/orders.db",
        "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
        "AUTH": "jwt",
        "JWT_KEYS": mint.jwks,
        "JWT_ISSUER": ISSUER,
        "JWT_AUDIENCE": AUDIENCE,
        "MAX_CONNECTIONS": FULL,
        "MAX_CONNECTIONS_PER_ADDRESS": FULL // 2,
        "REQUEST_HEAD_SECONDS": LONG_SECONDS,
        "REQUEST_BODY_SECONDS": LONG_SECONDS,
        "KEEP_ALIVE_SECONDS": LONG_SECONDS,
        "UNREAD_RESPONSE_SECONDS": 1,
        "REQUESTS_PER_MINUTE": 100_000,
        "CHANGES_PER_MINUTE": 100_000,
        **settings,
    }

    def is_ready() -> bool:
        try:
            return api.ask(get(ready, api.token())).status == 200
        except ConnectionError:
            return False

    texts = {name: str(value) for name, value in environment.items()}
    migrate(texts["DATABASE_URL"])
    with running(COMMAND, ready=is_ready, env=texts) as api.process:
        yield api


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Generator[Api]:
    """One for all tests that leave it as it was."""
    with serving(tmp_path_factory.mktemp("api")) as api:
        yield api


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Generator[Api]:
    """One that does not wait long for its clients."""
    names = ("REQUEST_HEAD_SECONDS", "REQUEST_BODY_SECONDS", "KEEP_ALIVE_SECONDS")
    brief = dict.fromkeys(names, BRIEF_SECONDS)
    with serving(tmp_path_factory.mktemp("impatient"), **brief) as api:
        yield api


@pytest.fixture(autouse=True)
def has_room(api: Api) -> None:
    """The connections of the test before are closed."""
    eventually(lambda: not api.clients(), "no connection is open")


def get(path: str, headers: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode()


def post(path: str, headers: str, length: int) -> bytes:
    """With a body of JSON, a text."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\n{headers}\r\n"
    ).encode() + b'"%b"' % (b"x" * (length - 2))


REFUSED: dict[str, tuple[Callable[[Api], bytes], int]] = {
    "too long": (lambda api: post("/orders", api.token(), LONG), 413),
    "closing": (lambda api: post("/orders", api.token() + "Connection: close\r\n", LONG), 413),
    "unknown": (lambda _: post("/orders", "", LONG), 401),
    "no such path": (lambda api: post("/nowhere", api.token(), LONG), 413),
    "no scope": (lambda api: post("/customers", api.token(), 60_000), 403),
    "nonsense": (lambda api: post("/orders", api.token(), 60_000), 422),
    "chunked": (
        lambda api: (
            b"POST /orders HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
            + api.token().encode()
            + b"\r\n"
            + (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 80
            + b"0\r\n\r\n"
        ),
        413,
    ),
    "of a head": (lambda _: b"GET /" + b"x" * 2_000_000 + b" HTTP/1.1\r\n\r\n", 431),
    "not HTTP": (lambda _: b"\r\x00nonsense" * 200_000, 400),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_answer_reaches_a_client_that_is_still_sending(api: Api, case: str) -> None:
    request, status = REFUSED[case]
    for _ in range(10):
        api.ask(request(api)).problem(status)


def test_an_answer_of_503_reaches_a_client_that_is_still_sending(tmp_path: Path) -> None:
    keys = f"http://127.0.0.1:{free_port()}/jwks.json"
    with serving(tmp_path, "/healthz", JWT_KEYS=keys) as api:
        for _ in range(10):
            api.ask(post("/orders", api.token(), LONG)).problem(503)


def test_a_short_body_does_not_cost_the_connection(api: Api) -> None:
    """Though the answer was there before it."""
    request = post("/orders", "", 1000)
    with api.connect() as client:
        for _ in range(3):
            client.sendall(request[:-500])
            assert Answer.read(client).problem(401) == "urn:problem-type:token-missing"
            client.sendall(request[-500:])
        client.sendall(HEALTHZ)
        assert Answer.read(client).status == 200


@pytest.mark.parametrize("framing", ["Content-Length: 15", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("segments", [1, 2, 3])
def test_an_offer_of_another_protocol_is_ignored(api: Api, framing: str, segments: int) -> None:
    """As Java's client makes it with every request: neither body nor next request is lost."""
    head = (
        "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n{api.token()}{framing}\r\n\r\n"
    )
    body = b'{"surprise": 1}'
    chunked = b"f\r\n" + body + b"\r\n0\r\n\r\n"
    request = head.encode() + (chunked if "chunked" in framing else body)
    everything = 2 * (request + HEALTHZ)
    size = -(-len(everything) // segments)
    with api.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(everything), size):
            client.sendall(everything[start : start + size])
        received = b""
        while received.count(b'"surprise"') < 2 or received.count(b"HTTP/1.1 200 OK") < 2:
            part = client.recv(65_536)
            assert part, received
            received += part


@pytest.mark.parametrize(
    ("odd", "status"),
    [
        (b"\0 no HTTP", 400),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n", 400),
    ],
    ids=["garbage", "long head", "odd chunk"],
)
@pytest.mark.parametrize("before", [1, 3])
def test_an_odd_request_costs_no_answer_to_one_before_it(
    api: Api, odd: bytes, status: int, before: int
) -> None:
    """They arrive at once, and those before it may have been carried out."""
    request = f"GET /orders HTTP/1.1\r\nHost: localhost\r\n{api.token()}\r\n".encode()
    with api.connect() as client:
        client.sendall(before * request + odd)
        received = b"".join(iter(lambda: client.recv(65_536), b""))
    statuses = [int(line.split()[0]) for line in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [*[200] * before, status]


def test_a_client_that_asks_before_it_sends(api: Api) -> None:
    request = post("/orders", "Expect: 100-continue\r\n", LONG)[:-LONG]
    answer = api.ask(request)
    assert answer.problem(401)
    assert answer.is_closed


def test_a_client_that_sends_on_for_ever(api: Api) -> None:
    """Until 8 MiB are dropped."""
    with api.connect() as client:
        sent = 0
        client.sendall(post("/orders", "", LONG)[:500].replace(b"5000000", b"500000000"))
        with suppress(ConnectionError):
            while sent < 500_000_000:
                client.sendall(b"x" * 100_000)
                sent += 100_000
        assert 8_000_000 < sent < 100_000_000


FORGED = "Stripe-Signature: t=1,v1=00\r\n"
"""Whether it is right is known when the body is there."""

INCOMPLETE: list[tuple[bytes, int]] = [
    (b"", 0),
    (b"\r\n\r\n", 0),
    (b"GET /health", 408),
    (b"GET /healthz HTTP/1.1\r\nHost: local", 408),
    (post("/orders", "", 100)[:-50], 401),
    (post("/webhooks/stripe", "", 9)[:-4], 400),
    (post("/webhooks/stripe", FORGED, 9)[:-4], 408),
    (
        f"POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\n{FORGED}"
        "Transfer-Encoding: chunked\r\n\r\n5".encode(),
        408,
    ),
    (HEALTHZ, 200),
    (HEALTHZ + b"GET ", 200),
]
"""What clients send, and the answer when nothing more comes; 0: the connection is closed."""


def test_clients_that_send_nothing_more(impatient: Api) -> None:
    with ExitStack() as stack:
        waiting: list[tuple[socket.socket, float, int]] = []
        for part, status in INCOMPLETE:
            begun = time.monotonic()
            client = stack.enter_context(impatient.connect())
            client.sendall(part)
            waiting.append((client, begun, status))
        for client, begun, status in waiting:
            answer = Answer.read(client)
            assert answer.status == status
            if status >= 400:
                answer.problem(status)
            while client.recv(1_000):
                pass
            assert time.monotonic() - begun > 0.9 * BRIEF_SECONDS
    assert "Traceback" not in impatient.process.log()


def test_a_client_that_sends_a_byte_now_and_then(impatient: Api) -> None:
    """A deadline is not moved by it."""
    with impatient.connect() as client:
        client.settimeout(0.1)
        sent = 0
        is_open = True
        while is_open:
            try:
                client.sendall(b"G" if sent else b"\r\n")
                sent += 1
                is_open = bool(client.recv(1_000))
            except TimeoutError:
                assert sent < 600, "for a minute"
            except ConnectionError:
                is_open = False


def test_a_client_that_does_not_read(api: Api) -> None:
    """Its connection is closed, whatever is left to be written."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect(("127.0.0.1", api.port))
        eventually(lambda: bool(api.clients()), "connected")
        client.sendall(get("/openapi.json") * 100)
        eventually(lambda: not api.clients(), "closed")


def test_a_connection_is_kept(api: Api) -> None:
    with serving_connection(api) as ask:
        for _ in range(3):
            assert ask(HEALTHZ).status == 200


@contextmanager
def serving_connection(api: Api) -> Generator[Callable[[bytes], Answer]]:
    """Asks on one connection."""
    with api.connect() as client:

        def ask(request: bytes) -> Answer:
            client.sendall(request)
            return Answer.read(client)

        yield ask


@pytest.mark.parametrize("part", [b"", b"GET /heal", post("/webhooks/stripe", "", 9)[:-4]])
@pytest.mark.parametrize("addresses", [1, 50])
def test_a_full_house(api: Api, part: bytes, addresses: int) -> None:
    """Health is answered meanwhile, and others too: those leave that have waited longest."""
    with ExitStack() as stack:
        for number in range(3 * FULL):
            client = stack.enter_context(api.connect(f"127.0.1.{1 + number % addresses}"))
            client.sendall(part)
        for address in ("127.0.0.1", "127.0.1.1"):
            assert api.ask(HEALTHZ, address).status == 200
            assert api.ask(get("/docs"), address).status == 200
    lines = api.process.log(100_000).count("too many connections")
    assert 1 <= lines <= 1 + (time.monotonic() - api.started) / 60


def test_a_house_full_of_work(tmp_path: Path) -> None:
    """Whoever can't be let in gets 503, and health is answered all the same."""
    docs = get("/docs")
    with serving(tmp_path) as api:
        place_order(tmp_path)
        follow = get(f"/orders/{PLACED}/events", api.token() + "Accept: text/event-stream\r\n")
        with ExitStack() as stack:
            for _ in range(FULL // 2):
                client = stack.enter_context(api.connect("127.0.1.1"))
                client.sendall(follow)
                # An answer that has begun, and does not end.
                assert client.recv(15) == b"HTTP/1.1 200 OK"
            answer = api.ask(docs, "127.0.1.1")
            assert answer.problem(503) == "urn:problem-type:server-full"
            assert int(answer.headers["retry-after"]) > 0
            assert answer.is_closed
            assert api.ask(HEALTHZ, "127.0.1.1").status == 200
            assert api.ask(docs, "127.0.1.2").status == 200
        eventually(lambda: api.ask(docs, "127.0.1.1").status == 200, "there is room again")


def test_a_house_full_of_unread_responses(tmp_path: Path) -> None:
    """Who does not read gives way to who comes."""
    with ExitStack() as stack:
        api = stack.enter_context(serving(tmp_path, UNREAD_RESPONSE_SECONDS=LONG_SECONDS))
        for _ in range(FULL // 2):
            client = stack.enter_context(api.connect("127.0.1.1"))
            client.sendall(get("/openapi.json") * 100)
            assert client.recv(15) == b"HTTP/1.1 200 OK"
        eventually(lambda: api.ask(get("/docs"), "127.0.1.1").status == 200, "one gives way")
        for _ in range(FULL):
            assert api.ask(get("/docs"), "127.0.1.1").status == 200


def place_order(folder: Path) -> None:
    """An order of Kermit's in the database of the API that is served from there."""
    with opened(f"sqlite:///{folder}/orders.db") as database, database.write() as tx:
        add_customer(tx)
        orders.place(tx, order(PLACED))


@contextmanager
def silent_server() -> Generator[str]:
    """The address of a server that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_long_heads_are_refused_and_strangers_cost_nothing(api: Api) -> None:
    for query in (b"3+" * 30_000, b"3+" * 8_200):
        answer = api.ask(b"GET /healthz?q=" + query + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer.problem(431) == "urn:problem-type:head-too-large"
    many = b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"a:b\r\n" * 12_000 + b"\r\n"
    assert api.ask(many).problem(431)
    # Two on one connection: the limit is one request's.
    fits = b"GET /healthz?q=" + b"3+" * 8_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with api.connect() as client:
        client.sendall(fits + fits)
        assert Answer.read(client).status == 200


def cpu_clock(pid: int) -> int:
    """The clock of that process's CPU time, in nanoseconds; see clock_getcpuclockid(3).

    What /proc counts are ticks of 10 ms, more than 40 requests take.
    """
    return (~pid << 3) | 2


@pytest.mark.parametrize(
    "target",
    [
        "/healthz?q=",
        "/readyz?q=",
        "/?q=",
        "/docs?q=",
        "/ui-config?q=",
        "/assets/",
        "/openapi.json?q=",
    ],
)
def test_what_is_free_is_cheap(api: Api, target: str) -> None:
    """The longest request costs about as much CPU as a short one, on a busy machine as well."""
    clock = cpu_clock(api.process.pid)

    def cost(length: int) -> float:
        request = get(f"{target}{'3+' * length}")
        before = time.clock_gettime(clock)
        for _ in range(40):
            assert api.ask(request).status in {200, 404, 503}
        return time.clock_gettime(clock) - before

    cost(1)  # what is done once
    short, long = zip(*((cost(1), cost(8_000)) for _ in range(4)), strict=True)
    assert min(long) < 3 * min(short)


def test_head_wherever_there_is_a_get(api: Api) -> None:
    order = f"/orders/{ABSENT}"
    for path in ("/healthz", "/readyz", "/products", "/docs", "/", "/ui-config", order, "/nowhere"):
        request = get(path, api.token())
        got = api.ask(request)
        with api.connect() as client:
            client.sendall(request.replace(b"GET", b"HEAD") + HEALTHZ)
            text = b""
            while text.count(b"HTTP/1.1 ") < 2 or b'{"status":"ok"}' not in text:
                text += client.recv(65_536)
            head, _, after = text.partition(b"\r\n\r\n")
        assert int(head.split()[1]) == got.status, path
        assert f"content-length: {got.headers['content-length']}".encode() in head.lower()
        assert after.startswith(b"HTTP/1.1 200"), path


def test_many_at_once_share_one_probe(api: Api) -> None:
    with ThreadPoolExecutor(FULL // 3) as threads:
        statuses = {answer.status for answer in threads.map(api.ask, [get("/readyz")] * 200)}
    assert statuses == {503}
    assert api.process.log(100_000).count("Temporal is unavailable") == 1


def test_each_kind_of_client_has_a_bucket_of_its_own(tmp_path: Path) -> None:
    limit, secret = 40, f"whsec_{'x' * 32}"
    few = {"REQUESTS_PER_MINUTE_AND_ADDRESS": limit, "STRIPE_WEBHOOK_SECRETS": secret}
    signature = WebhookSignature.generate_signature_header('""', secret, int(time.time()))
    with serving(tmp_path, **few) as api, serving_connection(api) as ask:
        assert {ask(get("/orders")).status for _ in range(limit)} == {401}
        # More only if a minute ends meanwhile.
        eventually(lambda: ask(get("/orders")).status == 429, "the limit")
        for _ in range(100):
            assert ask(HEALTHZ).status == 200
        assert ask(get("/readyz")).status == 503
        assert ask(get("/docs")).status == 200
        signed = f"Stripe-Signature: {signature}\r\n"
        assert ask(post("/webhooks/stripe", signed, 2)).status == 200
        for scopes in (OF_A_CUSTOMER, ("orders:read", "operator")):
            assert ask(get("/products", api.token(*scopes))).status == 200


def test_a_request_under_way_is_answered_when_the_server_stops(tmp_path: Path) -> None:
    with (
        silent_server() as temporal,
        serving(tmp_path, TEMPORAL_ADDRESS=temporal) as api,
        api.connect() as client,
        api.connect() as idle,
    ):
        place_order(tmp_path)
        idle.sendall(HEALTHZ)
        assert Answer.read(idle).status == 200
        # Of all requests it waits longest for Temporal, which does not answer.
        client.sendall(post(f"/orders/{PLACED}/cancel", api.token(), 2))
        # Accepted later, and answered: the request before it is under way.
        assert api.ask(HEALTHZ).status == 200
        api.process.process.terminate()
        assert not idle.recv(1)
        answer = Answer.read(client)
        assert answer.status == 503
        assert answer.headers["connection"] == "close"
        assert api.process.process.wait(LIMIT_SECONDS) == 0
