"""Bugs in access control."""

from typing import Any

import jwt
import pytest
from sqlalchemy import true

from api.auth.scopes import Caller
from storage import tables


def every_row_is_everybodys(patch: pytest.MonkeyPatch) -> None:
    """Ownership is left out of the SQL."""
    patch.setattr(tables, "owned_by", lambda *_: true())


def every_input_is_everybodys(patch: pytest.MonkeyPatch) -> None:
    """Ownership is forgotten for what is not written down yet."""
    patch.setattr(Caller, "check_owns", lambda *_: None)


def one_scope_is_enough(patch: pytest.MonkeyPatch) -> None:
    """Whoever has one of the scopes has them all."""
    patch.setattr(Caller, "has_scopes", lambda self, scopes: bool(self.scopes & set(scopes)))


def signatures_are_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Claims are accepted without a valid signature."""
    _leave_out(patch, "verify_signature")


def audiences_are_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Tokens for other services are taken."""
    _leave_out(patch, "verify_aud")


def _leave_out(patch: pytest.MonkeyPatch, check: str) -> None:
    decode: Any = jwt.decode

    def decode_without(*arguments: Any, options: dict[str, Any], **more: Any) -> Any:
        return decode(*arguments, options=options | {check: False}, **more)

    patch.setattr(jwt, "decode", decode_without)
