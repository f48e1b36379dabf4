"""Killing at failpoints finds bugs: each is planted in a worker, and must be found.

`FAILPOINT_BUGS=all` plants all of them, each in a stack of its own; without it the first three.
"""

import os
from pathlib import Path

import pytest

from tests.support.failpoint_orders import played
from tests.support.failpoint_scenarios import SCENARIOS
from verification.chaos.failpoints import Failpoint

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1800)]

BUGS: dict[str, tuple[Failpoint, str]] = {
    "charges:drop_idempotency_key": (Failpoint("charge_card", "asked-1"), "captured"),
    "duplicate_effects:write_events_anew": (
        Failpoint("mark_order_fulfilled", "committed-1"),
        "order_events",
    ),
    "charges:withdraw_without_transaction": (
        Failpoint("withdraw_amount", "committed-1"),
        "payment_events",
    ),
    "duplicate_effects:queue_mails_anew": (Failpoint("receive_payment", "committed-1"), "mails"),
    "duplicate_effects:ship_without_reference": (Failpoint("ship_goods", "asked-1"), "shipments"),
}
"""Each with where the worker is killed, and what is not as it must be then."""

PLANTED = [*BUGS] if os.environ.get("FAILPOINT_BUGS") == "all" else [*BUGS][:3]


@pytest.mark.parametrize("bug", PLANTED)
def test_found(tmp_path: Path, bug: str) -> None:
    failpoint, wrong = BUGS[bug]
    worker = f"-m tests.verification.bugs.killed_worker tests.verification.bugs.{bug}"

    with played(tmp_path, [failpoint], SCENARIOS, worker) as one_played:
        assert one_played.recovery_seconds(failpoint) > 0
        with pytest.raises(AssertionError, match=wrong):
            one_played.assert_done_once(failpoint)
