"""Callers and scopes: what a caller may do, and whose data they may see."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import Request, Security
from fastapi.security import HTTPBearer, SecurityScopes

from api.errors import ScopeMissingError, TokenMissingError
from domain.errors import NotFoundError


class Scope(StrEnum):
    """What a token allows: for the data of its own customer; with `operator`, of every customer."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    CARDS_WRITE = "cards:write"
    OPERATOR = "operator"
    DEV = "dev"


@dataclass(frozen=True)
class Caller:
    """The sender of a request; `owner` is the customer whose data they may use, None: every one's.

    The permission ends at `until`, in seconds since 1970. `subject` is the token's, empty without
    one.
    """

    owner: str | None
    scopes: frozenset[str]
    until: float = math.inf
    subject: str = ""

    def has_scopes(self, scopes: Sequence[str]) -> bool:
        """Whether the caller has all of these scopes."""
        return self.scopes >= set(scopes)

    def namespace_for(self, base: UUID) -> UUID:
        """The namespace of the caller's idempotency keys: customers do not share theirs."""
        return base if self.owner is None else uuid5(base, self.owner)

    def check_owns(self, customer_id: str, kind: str, id: str) -> None:
        """Raises `NotFoundError`, with `kind` and `id`, for another customer's data."""
        if self.owner not in {None, customer_id}:
            raise NotFoundError(kind, id)


ANONYMOUS = Caller(owner=None, scopes=frozenset[str](Scope))
"""The caller of every request without authentication (AUTH=none)."""

SCHEME = HTTPBearer(
    scheme_name="token",
    bearerFormat="JWT",
    description="A token of the configured issuer. Its scopes say what it allows: for the data of "
    "the customer it was issued to or, with the scope `operator`, of every customer.",
    auto_error=False,
)


async def _allowed(
    request: Request, needed: SecurityScopes, _token: Annotated[Any, Security(SCHEME)]
) -> Caller:
    """The authenticated caller, if they have all the scopes."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        raise TokenMissingError
    if not caller.has_scopes(needed.scopes):
        raise ScopeMissingError(needed.scopes)
    return caller


def needs(*scopes: Scope) -> Any:
    """The dependency of an endpoint that requires all of these scopes."""
    return Security(_allowed, scopes=[str(scope) for scope in scopes])


OrdersReader = Annotated[Caller, needs(Scope.ORDERS_READ)]
OrdersWriter = Annotated[Caller, needs(Scope.ORDERS_WRITE)]
CardsWriter = Annotated[Caller, needs(Scope.CARDS_WRITE)]
Operator = Annotated[Caller, needs(Scope.OPERATOR)]
Developer = Annotated[Caller, needs(Scope.OPERATOR, Scope.DEV)]
