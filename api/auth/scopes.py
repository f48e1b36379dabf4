"""Who asks, and what they may: the scopes of the endpoints, and whose things they are about."""

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
    """What a token allows: for the things of its own customer, with `operator` for everybody's."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    CARDS_WRITE = "cards:write"
    OPERATOR = "operator"
    DEV = "dev"


@dataclass(frozen=True)
class Caller:
    """Who asks; `owner` is the one customer whose things there are for them, None: everybody's.

    They may do so `until` then, in seconds since 1970.
    """

    owner: str | None
    scopes: frozenset[str]
    until: float = math.inf

    def may(self, scopes: Sequence[str]) -> bool:
        """Whether the token has all of these scopes."""
        return self.scopes >= set(scopes)

    def name_space(self, base: UUID) -> UUID:
        """Of the keys that requests are known by: each customer's are their own."""
        return base if self.owner is None else uuid5(base, self.owner)

    def check_owns(self, customer_id: str, kind: str, id: str) -> None:
        """Raises `NotFoundError`, of that thing of the customer's, if it is not the caller's."""
        if self.owner not in {None, customer_id}:
            raise NotFoundError(kind, id)


ANYBODY = Caller(owner=None, scopes=frozenset[str](Scope))
"""Who asks where nobody has to say who they are."""

SCHEME = HTTPBearer(
    scheme_name="token",
    bearerFormat="JWT",
    description="A token of the issuer that this installation trusts. Scopes say what it allows: "
    "with the things of the customer it was issued to, or, with the scope `operator`, everybody's.",
    auto_error=False,
)


async def _allowed(
    request: Request, needed: SecurityScopes, _token: Annotated[Any, Security(SCHEME)]
) -> Caller:
    """The caller whom the door has let in, if they have all the scopes."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        raise TokenMissingError
    if not caller.may(needed.scopes):
        raise ScopeMissingError(needed.scopes)
    return caller


def needs(*scopes: Scope) -> Any:
    """The dependency of an endpoint that is there only for callers with all of these scopes."""
    return Security(_allowed, scopes=[str(scope) for scope in scopes])


OrdersReader = Annotated[Caller, needs(Scope.ORDERS_READ)]
OrdersWriter = Annotated[Caller, needs(Scope.ORDERS_WRITE)]
CardsWriter = Annotated[Caller, needs(Scope.CARDS_WRITE)]
Developer = Annotated[Caller, needs(Scope.OPERATOR, Scope.DEV)]
