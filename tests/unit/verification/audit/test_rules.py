"""A consistent snapshot has no violation; each corruption breaks the rules about it."""

from uuid import uuid5

import pytest

from api.services.payments import PAYMENT_ID_NAMESPACE
from tests.unit.verification.audit.consistent_snapshot import consistent_snapshot
from tests.unit.verification.audit.corrupt_goods import GOODS
from tests.unit.verification.audit.corrupt_money import MONEY
from tests.unit.verification.audit.corrupt_promises import PROMISES
from tests.unit.verification.audit.corrupt_records import RECORDS
from tests.unit.verification.audit.corruption import Corruption, add
from verification.audit.records import Receipt
from verification.audit.rules import RULES, check
from verification.audit.rules.accepted import one_reference_is_one_payment

CORRUPTIONS = [*MONEY, *GOODS, *PROMISES, *RECORDS]


def test_a_consistent_snapshot_has_no_violations() -> None:
    assert check(consistent_snapshot()) == []


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=str)
def test_a_corruption_breaks_its_rules_and_no_others(corruption: Corruption) -> None:
    snapshot = consistent_snapshot()
    corruption.do(snapshot)
    violations = check(snapshot)
    assert {violation.rule for violation in violations} == corruption.rules, violations


def test_every_rule_can_be_broken() -> None:
    broken = {rule for corruption in CORRUPTIONS for rule in corruption.rules}
    assert broken == {rule.__name__ for rule in RULES}


def test_a_customer_and_the_operator_have_references_of_their_own() -> None:
    snapshot = consistent_snapshot()
    body = {"customer_id": "kermit", "amount": 50, "reference": "invoice-7"}
    own = str(uuid5(uuid5(PAYMENT_ID_NAMESPACE, "kermit"), "invoice-7"))
    add(snapshot.receipts, Receipt("/payments", None, body, 202, {"id": own}))
    assert not list(one_reference_is_one_payment(snapshot))
    gonzos = str(uuid5(uuid5(PAYMENT_ID_NAMESPACE, "gonzo"), "invoice-7"))
    other = body | {"customer_id": "gonzo"}
    add(snapshot.receipts, Receipt("/payments", None, other, 202, {"id": gonzos}))
    assert not list(one_reference_is_one_payment(snapshot))
    add(snapshot.receipts, Receipt("/payments", None, body, 202, {"id": gonzos}))
    assert list(one_reference_is_one_payment(snapshot))
