"""Fault injection for simulators, controlled over `/_faults`.

There is one fault at a time: `POST /_faults` sets it, `DELETE /_faults` ends it, `GET /_faults`
shows it and how many requests are held at this moment:

    {"mode": "down"}                       refuses every request
    {"mode": "slow", "seconds": 5}         waits before the effect of a POST
    {"mode": "hold"}                       waits until the fault is ended or replaced
    {"mode": "lose_answer", "times": 1}    has the effect, then cuts the connection without an
                                           answer; a refused POST is answered, and does not count
    {"mode": "error_500", "times": 1}      answers 500; with "after_effect": true, has the effect
    {"mode": "rate_limit"}                 answers 429: too many requests (card provider)
    {"mode": "lock_timeout"}               answers 429 to a POST: the object is in use (likewise)
    {"mode": "refuse"}                     answers 400 to a POST, without a code (likewise)

Each mode takes `times` (how many requests it affects; by default all until it is ended) and `only`
(the one path that it affects).
"""

import asyncio
from contextlib import suppress
from enum import StrEnum
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH = "/_faults"


class Mode(StrEnum):
    """What goes wrong."""

    DOWN = "down"
    SLOW = "slow"
    HOLD = "hold"
    LOSE_ANSWER = "lose_answer"
    ERROR_500 = "error_500"
    RATE_LIMIT = "rate_limit"
    LOCK_TIMEOUT = "lock_timeout"
    REFUSE = "refuse"


class Fault(BaseModel):
    """A fault; its fields are described in the module's docstring."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode
    seconds: float = Field(default=1, ge=0)
    times: int | None = Field(default=None, ge=1)
    only: str = ""
    after_effect: bool = False


class Faults:
    """The present fault, if any; a restarted simulator has none."""

    def __init__(self) -> None:
        """Begins without a fault."""
        self._fault: Fault | None = None
        self._left: int | None = None
        self._held = 0
        self._ended = asyncio.Event()

    def set(self, fault: Fault | None) -> None:
        """Replaces the present fault; requests that it slowed or held continue."""
        self._ended.set()
        self._ended = asyncio.Event()
        self._fault = fault
        self._left = fault.times if fault else None

    def strikes(self, mode: Mode, path: str) -> Fault | None:
        """The fault, if it has this mode and affects a request to `path`; counts the request."""
        fault = self._fault
        if not fault or fault.mode is not mode or fault.only not in {"", path}:
            return None
        if self._left is not None:
            if self._left == 0:
                return None
            self._left -= 1
        return fault

    async def pause(self, path: str) -> None:
        """Waits before an effect, as long as a `slow` or `hold` fault demands."""
        ended = self._ended
        if fault := self.strikes(Mode.SLOW, path):
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), fault.seconds)
        elif self.strikes(Mode.HOLD, path):
            self._held += 1
            try:
                await ended.wait()
            finally:
                self._held -= 1

    async def serve(self, request: Request) -> Response:
        """Answers `/_faults`."""
        if request.method == "POST":
            try:
                self.set(Fault.model_validate_json(await request.body()))
            except ValidationError as error:
                details = error.errors(include_url=False, include_context=False)
                return JSONResponse({"errors": details}, status_code=422)
        elif request.method == "DELETE":
            self.set(None)
        elif request.method != "GET":
            return Response(status_code=405)
        fault = self._fault.model_dump(mode="json") if self._fault else None
        return JSONResponse({"fault": fault, "times_left": self._left, "held": self._held})


class FaultyHttp:
    """ASGI middleware for `down` and `lose_answer`; serves `/_faults` too.

    Wraps the whole application, so that an answer is lost after everything was committed.
    """

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        """`faults` is shared with the application, which calls its `pause` before an effect."""
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or scope["path"] == "/healthz":
            await self._app(scope, receive, send)
        elif scope["path"] == PATH:
            answer = await self._faults.serve(Request(scope, receive))
            await answer(scope, receive, send)
        elif self._faults.strikes(Mode.DOWN, scope["path"]):
            error = {"type": "api_error", "message": "Unavailable: the fault `down` is in force."}
            await JSONResponse({"error": error}, status_code=503)(scope, receive, send)
        elif scope["method"] == "POST":
            await self._post(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: list[Message] = []

        async def collect(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, collect)
        has_effect = answer[0]["status"] < HTTPStatus.BAD_REQUEST
        if has_effect and self._faults.strikes(Mode.LOSE_ANSWER, scope["path"]):
            await _cut_connection(receive, send)
        else:
            for message in answer:
                await send(message)


async def _cut_connection(receive: Receive, send: Send) -> None:
    # ASGI cannot close a connection before the answer begins; uvicorn's `send` is a method of the
    # object that holds the connection.
    connection: asyncio.Transport = getattr(send, "__self__").transport  # noqa: B009
    connection.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
