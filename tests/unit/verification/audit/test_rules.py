"""A sound world is found sound, and each damage is found, by the rules that speak of it."""

from uuid import uuid5

import pytest

from api.services.payments import PAYMENT_ID_NAMESPACE
from tests.unit.verification.audit.consistent_snapshot import sound_world
from tests.unit.verification.audit.corrupt_goods import GOODS
from tests.unit.verification.audit.corrupt_money import MONEY
from tests.unit.verification.audit.corrupt_promises import PROMISES
from tests.unit.verification.audit.corrupt_records import RECORDS
from tests.unit.verification.audit.corruption import Damage, add
from verification.audit.records import Receipt
from verification.audit.rules import RULES, check
from verification.audit.rules.accepted import one_reference_is_one_payment

DAMAGES = [*MONEY, *GOODS, *PROMISES, *RECORDS]


def test_nothing_is_wrong_in_a_sound_world() -> None:
    assert check(sound_world()) == []


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_a_damage_breaks_its_rules_and_no_others(damage: Damage) -> None:
    world = sound_world()
    damage.do(world)
    breaches = check(world)
    assert {breach.rule for breach in breaches} == damage.rules, breaches


def test_every_rule_can_be_broken() -> None:
    broken = {rule for damage in DAMAGES for rule in damage.rules}
    assert broken == {rule.__name__ for rule in RULES}


def test_a_customer_and_the_operator_have_references_of_their_own() -> None:
    world = sound_world()
    body = {"customer_id": "kermit", "amount": 50, "reference": "invoice-7"}
    own = str(uuid5(uuid5(PAYMENT_ID_NAMESPACE, "kermit"), "invoice-7"))
    add(world.receipts, Receipt("/payments", None, body, 202, {"id": own}))
    assert not list(one_reference_is_one_payment(world))
    gonzos = str(uuid5(uuid5(PAYMENT_ID_NAMESPACE, "gonzo"), "invoice-7"))
    other = body | {"customer_id": "gonzo"}
    add(world.receipts, Receipt("/payments", None, other, 202, {"id": gonzos}))
    assert not list(one_reference_is_one_payment(world))
    add(world.receipts, Receipt("/payments", None, body, 202, {"id": gonzos}))
    assert list(one_reference_is_one_payment(world))
