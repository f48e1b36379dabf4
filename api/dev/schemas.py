"""Troubles, and what the audit says afterwards, over the wire."""

from collections.abc import Set as AbstractSet
from typing import Self

from pydantic import BaseModel, ConfigDict, StrictBool

from api.dev.audit import Verdict
from api.dev.fault_injection import TROUBLES, TroubleName
from api.schemas.requests import Body


class Switch(Body):
    """`PUT /dev/troubles/{name}`."""

    on: StrictBool


class Trouble(BaseModel):
    """Something that may be made to go wrong, what to expect then, and whether it does now."""

    name: TroubleName
    title: str
    expect: str
    on: bool


class TroubleList(BaseModel):
    """All there are."""

    troubles: list[Trouble]

    @classmethod
    def of(cls, now: AbstractSet[TroubleName]) -> Self:
        """With those that are on."""
        return cls(
            troubles=[
                Trouble(name=name, title=trouble.title, expect=trouble.expect, on=name in now)
                for name, trouble in TROUBLES.items()
            ]
        )


class AuditReport(BaseModel):
    """What the audit found, a line each, and in one sentence what it looked at."""

    model_config = ConfigDict(from_attributes=True)

    verdict: Verdict
    findings: list[str]
    summary: str
