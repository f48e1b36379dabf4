"""The claims of a token whose signature is valid, checked before anything is done with them."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from api.errors import TokenRefusedError
from domain.subjects import Subject

END_OF_TIME = 253_402_300_799
"""The last second of the year 9999; later times are no dates for Python."""

_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")
"""A scope of RFC 6749, 3.3."""


def _scopes(claim: Any) -> Any:
    """A text is divided at spaces only, as RFC 6749 says; some issuers send an array."""
    return [part for part in claim.split(" ") if part] if isinstance(claim, str) else claim


Seconds = Annotated[float, Field(strict=True, ge=0, le=END_OF_TIME, allow_inf_nan=False)]
ScopeName = Annotated[str, Field(strict=True, pattern=f"^{_SCOPE.pattern}$")]


class Claims(BaseModel):
    """What we use of a token."""

    model_config = ConfigDict(frozen=True)

    sub: Annotated[Subject, Field(strict=True)]
    exp: Seconds
    scope: Annotated[frozenset[ScopeName], BeforeValidator(_scopes)]


def check(claims: dict[str, Any]) -> Claims:
    """Raises `TokenRefusedError`; the scopes may be in `scp`, too, as Entra ID and Okta do it."""
    try:
        return Claims.model_validate({**claims, "scope": claims.get("scope", claims.get("scp"))})
    except ValidationError as error:
        odd = sorted({str(detail["loc"][0]) for detail in error.errors()})
        raise TokenRefusedError(f"its {' and '.join(odd)} can't be used") from error


def customer_subject(claims: dict[str, Any], name: str) -> str:
    """The claim that names the customer; raises `TokenRefusedError`."""
    try:
        return _SUBJECT.validate_python(claims.get(name), strict=True)
    except ValidationError as error:
        raise TokenRefusedError("its claim that names the customer can't be used") from error


_SUBJECT: TypeAdapter[str] = TypeAdapter(Subject)
