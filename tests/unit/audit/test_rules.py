"""A sound world is found sound, and each damage is found, by the rules that speak of it."""

import pytest

from audit.rules import RULES, check
from tests.unit.audit.damaged_goods import GOODS
from tests.unit.audit.damaged_money import MONEY
from tests.unit.audit.damaged_promises import PROMISES
from tests.unit.audit.damaging import Damage
from tests.unit.audit.sound_world import sound_world

DAMAGES = [*MONEY, *GOODS, *PROMISES]


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
