"""Orders and payments that began under the code of yesterday must go on under today's.

If one of these fails, workflows under way would too. What it says tells what to do.
"""

import base64
import re
from enum import StrEnum

import pytest

from domain.statuses import OrderStatus, PaymentStatus
from tests.verification.bugs import sequence
from tests.verification.replay import fingerprints, states
from tests.verification.replay.fingerprints import complaint
from tests.verification.replay.record import FINGERPRINTS, HISTORIES, read_histories
from tests.verification.replay.replayer import replay

RECORDED = read_histories(HISTORIES)
NAMES = sorted(RECORDED)
KNOWN = fingerprints.read(FINGERPRINTS)
STATES = {fingerprints.without_patches(name) for name in NAMES}

CHANGES: dict[sequence.Bug, tuple[str, str, str]] = {
    sequence.swap_steps: (
        "order-fulfilled-charge_first",
        "child workflow PaymentWorkflow payment/…",
        "activity fetch_goods",
    ),
    sequence.add_activity: (
        "order-fulfilled-charge_later",
        "activity ship_goods",
        "activity fetch_goods",
    ),
    sequence.leave_out_activity: (
        "payment-awaiting_card-reminded",
        "activity remind_customer",
        "show AwaitingCard=True, PaymentDeadline=…, PaymentStatus=awaiting_card",
    ),
    sequence.remove_timer: (
        "payment-awaiting_card-declined",
        "timer Reminder 1 is due",
        "nothing",
    ),
    sequence.rename_child: (
        "order-awaiting_payment-charge_first",
        "child workflow PaymentWorkflow payment/…",
        "child workflow PaymentWorkflow payment-of-order/…",
    ),
    sequence.show_nothing: (
        "order-shipping-charge_later",
        "show OrderStatus=shipping",
        "activity ship_goods",
    ),
}
"""A history that each change breaks, the command that was, and the one that comes instead."""


async def complaint_about(name: str) -> str | None:
    return complaint(name, KNOWN[name], await replay(name, RECORDED[name]))


@pytest.mark.parametrize("name", NAMES)
async def test_a_recorded_workflow_goes_on(name: str) -> None:
    assert await complaint_about(name) is None


def test_every_history_has_its_fingerprint() -> None:
    assert sorted(KNOWN) == NAMES


def test_every_end_and_every_wait_has_a_history() -> None:
    assert states.missing(STATES) == set()


def test_a_new_status_asks_for_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    for enum in (OrderStatus, PaymentStatus):
        members = {member.name: member.value for member in enum}
        changed = StrEnum(enum.__name__, members | {"LOST": "lost"})
        monkeypatch.setattr(states, enum.__name__, changed)
    assert states.missing(STATES) == {
        "order-lost-charge_first",
        "order-lost-charge_before_shipping",
        "order-lost-charge_later",
        "payment-lost",
    }


def test_a_history_that_is_gone_is_missed() -> None:
    gone = "refund-refunded-account"
    assert states.missing(STATES - {gone}) == {gone}
    with pytest.raises(ValueError, match="order-mislaid"):
        states.missing(STATES | {"order-mislaid"})


@pytest.mark.parametrize("name", NAMES)
def test_a_history_tells_nothing_of_where_it_was_made(name: str) -> None:
    text = RECORDED[name]
    payloads = re.findall(r'"data":"([^"]+)"', text)
    readable = text + "".join(base64.b64decode(payload).decode() for payload in payloads)
    assert set(re.findall(r'"identity":"([^"]*)"', readable)) <= {"office"}
    assert re.findall(r"stackTrace|File \\|/(?:home|root|usr|tmp|work)/", readable) == []


@pytest.mark.parametrize("bug", CHANGES, ids=lambda bug: bug.__name__)
async def test_a_changed_sequence_asks_for_a_patch(
    unsandboxed: pytest.MonkeyPatch, bug: sequence.Bug
) -> None:
    name, old, new = CHANGES[bug]
    bug(unsandboxed)

    said = await complaint_about(name)

    assert said is not None
    assert f"was `{old}`, today's code requests `{new}`" in said
    assert re.search(r'if workflow\.patched\("[\w-]+-instead-of-[\w-]+"\)', said)
    assert "python -m tests.verification.replay.record" in said


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("order-")])
async def test_a_patched_sequence_asks_for_nothing(
    unsandboxed: pytest.MonkeyPatch, name: str
) -> None:
    sequence.add_activity_for_new_orders(unsandboxed)

    assert await complaint_about(name) is None


async def test_a_history_that_was_made_anew_is_noticed() -> None:
    name = "order-fulfilled-charge_first"
    other = RECORDED["order-fulfilled-charge_later"]

    said = complaint(name, KNOWN[name], await replay(name, other))

    assert said is not None
    assert "another sequence than its fingerprint" in said
