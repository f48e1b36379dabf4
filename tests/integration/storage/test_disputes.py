"""The newest state of a dispute is kept, whoever writes it last."""

from datetime import timedelta

import pytest

from domain.disputes import DisputeKind
from storage import charges, disputes, payments
from storage.database import Database
from tests.support.examples import NOON, add_customer, payment
from tests.support.fake_disputes import dispute

LATER = NOON + timedelta(seconds=1)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_state_that_was_asked_for_later_is_kept(database: Database, reverse: bool) -> None:
    """Two processes look it up; the one that asked first may be the last to write."""
    answers = [("under_review", NOON), ("won", LATER)]
    for status, asked_at in reversed(answers) if reverse else answers:
        with database.write() as tx:
            disputes.record(tx, dispute(status=status), asked_at)
    with database.read() as tx:
        found = disputes.find(tx, "du_1")
    assert found is not None
    assert (found.status, found.updated_at) == ("won", LATER)


def test_its_payment_is_found_once_the_charge_is_known(database: Database) -> None:
    with database.write() as tx:
        add_customer(tx)
        payments.request(tx, payment("p"))
        charge = charges.begin(tx, "p", 1, "pm_card_visa", NOON)
        assert disputes.record(tx, dispute(), NOON) is None
        charges.keep_open(tx, charge, "pi_paid")
        assert disputes.record(tx, dispute(), NOON) == "p"
        charges.settle(tx, charge.model_copy(update={"charge_id": "pi_paid"}))
        assert disputes.record(tx, dispute(), NOON) == "p"
        charges.close(tx, "p")
        assert disputes.record(tx, dispute(), NOON) == "p"
        found = disputes.find(tx, "du_1")
    assert found is not None
    assert found.payment_id == "p"


def test_open_ones_are_counted_by_kind(database: Database) -> None:
    warning = dispute("issfr_1", kind="early_fraud_warning", status="actionable")
    with database.write() as tx:
        disputes.record(tx, warning, NOON)
        disputes.record(tx, dispute(), NOON)
        disputes.record(tx, dispute("du_2", status="won"), NOON)
        counts = disputes.open_by_kind(tx)
    assert counts == {DisputeKind.DISPUTE: 1, DisputeKind.EARLY_FRAUD_WARNING: 1}
