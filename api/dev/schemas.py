"""Requests and responses of fault injection and of the audit."""

from collections.abc import Set as AbstractSet
from typing import Self

from pydantic import BaseModel, Field, StrictBool

from api.dev.audit import AuditResult, Verdict
from api.dev.fault_catalog import INJECTABLE_FAULTS, FaultName, InjectableFault, Kill
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
    excludes: str | None = Field(
        description="Faults with the same text here exclude each other; null: it excludes none."
    )
    momentary: bool = Field(
        description="It kills a process once, and is on only until that was restarted."
    )

    @classmethod
    def of(cls, name: FaultName, fault: InjectableFault, *, on: bool) -> Self:
        """Convert from the catalog."""
        return cls(
            name=name,
            title=fault.title,
            expect=fault.expect,
            on=on,
            excludes=fault.excludes,
            momentary=isinstance(fault.way, Kill),
        )


class FaultList(BaseModel):
    """All faults."""

    troubles: list[FaultResponse]

    @classmethod
    def of(cls, active: AbstractSet[FaultName]) -> Self:
        """With `active` ones on."""
        return cls(
            troubles=[
                FaultResponse.of(name, fault, on=name in active)
                for name, fault in INJECTABLE_FAULTS.items()
            ]
        )


class AuditReport(BaseModel):
    """The violations, one line each, and a one-sentence summary of what was checked.

    It holds for as long as `GET /dev/audit` answers with the same `changes`.
    """

    verdict: Verdict
    findings: list[str]
    summary: str
    changes: int

    @classmethod
    def of(cls, result: AuditResult, changes: int) -> Self:
        """`changes` are those before the audit began."""
        verdict, findings, summary = result.verdict, result.findings, result.summary
        return cls(verdict=verdict, findings=findings, summary=summary, changes=changes)


class Changes(BaseModel):
    """A number that grows whenever something happens to an order, a payment or a mail."""

    changes: int
