"""Requests and responses of fault injection and of the audit."""

from collections.abc import Set as AbstractSet
from typing import Self

from pydantic import BaseModel, ConfigDict, StrictBool

from api.dev.audit import Verdict
from api.dev.fault_injection import INJECTABLE_FAULTS, FaultName
from api.schemas.requests import Body


class Switch(Body):
    """`PUT /dev/troubles/{name}`."""

    on: StrictBool


class FaultResponse(BaseModel):
    """A fault that can be injected, its effects, and whether it is on."""

    name: FaultName
    title: str
    expect: str
    on: bool


class FaultList(BaseModel):
    """All faults."""

    troubles: list[FaultResponse]

    @classmethod
    def of(cls, active: AbstractSet[FaultName]) -> Self:
        """With `active` ones on."""
        return cls(
            troubles=[
                FaultResponse(name=name, title=fault.title, expect=fault.expect, on=name in active)
                for name, fault in INJECTABLE_FAULTS.items()
            ]
        )


class AuditReport(BaseModel):
    """The violations, one line each, and a one-sentence summary of what was checked."""

    model_config = ConfigDict(from_attributes=True)

    verdict: Verdict
    findings: list[str]
    summary: str
