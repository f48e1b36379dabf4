"""Readiness: whether all dependencies are available."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from api.dependencies import Context
from api.dependency_health import DATABASE, TEMPORAL, Unavailable
from api.errors import DependencyUnavailableError
from api.infrastructure.temporal import (
    WorkflowNotFoundError,
    missing_search_attributes,
    search_attributes_are_new,
    temporal_call,
)

TIMEOUT = timedelta(seconds=2)

INTERVAL = timedelta(seconds=1)
"""Dependencies are asked at most so often, however many clients request the result."""

_NO_WORKFLOW = "readiness"
"""The id of a workflow that does not exist."""


class SearchAttributesMissingError(Exception):
    """The namespace lacks search attributes, without which no workflow can start."""


class Readiness:
    """Belongs to one application and its event loop."""

    def __init__(self, context: Callable[[], Context]) -> None:
        """`context` exists once the application has started; nothing has been asked yet."""
        self._context = context
        self._has_attributes = False
        self._probe: asyncio.Task[Unavailable] | None = None
        self._asked_at = -INTERVAL.total_seconds()

    async def check(self) -> None:
        """Raises `DependencyUnavailableError` with the unavailable dependencies."""
        unavailable = await self.find_unavailable()
        for name, reason in unavailable.items():
            if not isinstance(reason, DependencyUnavailableError):
                self._context().dependency_health.report_unavailable(name, reason)
        if unavailable:
            raise DependencyUnavailableError(*unavailable)

    async def find_unavailable(self) -> Unavailable:
        """The dependencies that are unavailable or not ready, each with the reason.

        All callers within an interval share one probe.
        """
        if self._probe is None or (self._probe.done() and self._until_next() <= 0):
            self._asked_at = time.monotonic()
            self._probe = asyncio.create_task(self._find_unavailable())
        # Who stops waiting must not end it for the others.
        return await asyncio.shield(self._probe)

    async def find_unavailable_now(self) -> Unavailable:
        """As `find_unavailable`, by a probe that begins after this call."""
        called_at = time.monotonic()
        while True:
            await asyncio.sleep(max(0, self._until_next()))
            unavailable = await self.find_unavailable()
            if self._asked_at >= called_at:
                return unavailable

    def _until_next(self) -> float:
        """Seconds until the next probe may begin."""
        return self._asked_at + INTERVAL.total_seconds() - time.monotonic()

    async def _find_unavailable(self) -> Unavailable:
        temporal, database = await asyncio.gather(self._check_temporal(), self._check_database())
        reasons = {TEMPORAL: temporal, DATABASE: database}
        return {name: reason for name, reason in reasons.items() if reason is not None}

    async def _check_temporal(self) -> BaseException | None:
        """Checks what the start of a workflow needs: its history's store and search attributes.

        Visibility is asked once, for the attributes: it has a rate limit, and may fail while
        workflows start.
        """
        try:
            async with temporal_call(TIMEOUT):
                if not self._has_attributes:
                    await self._check_attributes()
                await self._context().temporal.get_workflow_handle(_NO_WORKFLOW).describe()
        except WorkflowNotFoundError:
            return None
        except DependencyUnavailableError as error:
            return error.__cause__ or error
        except (RPCError, SearchAttributesMissingError) as error:
            return error
        return None

    async def _check_attributes(self) -> None:
        """Once is enough: they are not removed."""
        temporal = self._context().temporal
        if missing := await missing_search_attributes(temporal):
            message = f"the namespace lacks the search attributes {', '.join(sorted(missing))}"
            raise SearchAttributesMissingError(message)
        if await search_attributes_are_new(temporal):
            message = "the server does not use the namespace's new search attributes yet"
            raise SearchAttributesMissingError(message)
        self._has_attributes = True

    async def _check_database(self) -> BaseException | None:
        try:
            async with asyncio.timeout(TIMEOUT.total_seconds()):
                await self._context().database.read(_select)
        except (SQLAlchemyError, TimeoutError, DependencyUnavailableError) as error:
            return error
        return None


def _select(tx: Connection) -> None:
    tx.execute(text("SELECT 1 FROM orders WHERE 1 = 0"))
