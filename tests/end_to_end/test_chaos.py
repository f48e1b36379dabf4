"""Chaos finds nothing wrong with the system, and what is wrong with one that has bugs.

`CHAOS_BUGS=all pytest tests/end_to_end/test_chaos.py` plants every bug, in a plan of its own each,
and plays the first plan without any; without it one plan has two.
"""

import os
import subprocess
import sys

import pytest

from tests.support.processes import REPOSITORY

SEED, ORDERS = 3401, 24
"""Answers are lost after charges, the worker and Temporal are killed, webhooks are lost, deadlines
pass, and somebody authenticates a card 2 s after another has paid.

Whatever is first in a run, somebody pays for what is sold out, and a charge meets the lost answers:
at the latest that of a card that is given when all else is over.
"""

REFUSING = (2196, 28)
"""The provider limits the rate of requests and refuses some, an account lacks less than a card can
pay, and a disputed charge is refunded.
"""

SAVED_CARDS = (889, 5)
"""A saved card pays again, another one is lost."""

TWO_BUGS = (22558, 12)
"""The first fault is three lost answers to charges, before any fault of refunds: that would wait in
vain for a request, since one of the bugs sends none, and meanwhile the orders would end.
"""

LIMIT_SECONDS = 840

pytestmark = [pytest.mark.proof, pytest.mark.timeout(LIMIT_SECONDS + 60)]
"""So that a run that takes too long is ended with what it said, on a slow machine too."""

BUGS = {
    "charges:book_faults_as_declines": "the_provider_holds_what_the_books_say",
    "charges:keep_the_goods": "no_reservation_outlives_its_order",
    "webhooks:leave_the_former_charge_open": "at_most_one_charge_is_unrefunded",
}
"""What each of the others breaks."""

CARD_BUGS = {
    "card_rules:take_a_429_as_a_decline": (
        *REFUSING,
        "rate_limit, but the card provider declined no such charge",
    ),
    "card_rules:count_refused_refunds_as_given_back": (
        *REFUSING,
        "every_refund_in_the_books_is_one_at_the_provider",
    ),
    "charges:leave_less_than_a_card_can_pay": (*REFUSING, "every_payment_follows_an_allowed_trace"),
    "waiting_payments:end_a_refused_payment": (
        *REFUSING,
        "no_payment_is_canceled_before_its_deadline",
    ),
    "card_rules:try_a_lost_card_again": (
        *SAVED_CARDS,
        "no_card_is_tried_again_after_a_hard_decline",
    ),
    "charges:charge_saved_cards_without_customer": (
        *SAVED_CARDS,
        "payment_method_unusable, but the card provider declined no such charge",
    ),
}
"""The same for bugs in what cards bring later, with the plan that each is planted in."""


def play(*bugs: str, seed: int = SEED, orders: int = ORDERS) -> tuple[int, str]:
    """The exit code, and all that was written."""
    names = " ".join(f"tests.verification.bugs.{bug}" for bug in bugs)
    worker = [f"--worker=-m tests.verification.bugs.worker {names}"] if bugs else []
    done = subprocess.run(
        [
            *(sys.executable, "-m", "verification.chaos", "--database", "sqlite"),
            *("--seed", str(seed), "--orders", str(orders), *worker),
        ],
        cwd=REPOSITORY,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_SECONDS,
    )
    return done.returncode, done.stdout


@pytest.mark.skipif(os.environ.get("CHAOS_BUGS") != "all", reason="`make verify` plays 300 orders")
def test_a_correct_system_has_no_violations() -> None:
    code, output = play()

    assert code == 0, output
    assert "Consistent: every order ended" in output


def test_two_bugs_are_found() -> None:
    seed, orders = TWO_BUGS
    bugs = ("charges:drop_idempotency_key", "charges:refund_on_paper")

    code, output = play(*bugs, seed=seed, orders=orders)

    assert code == 1, output
    assert "at_most_one_charge_is_unrefunded" in output
    assert "every_unfulfilled_order_nets_to_zero" in output
    assert f"make chaos SEED={seed} ORDERS={orders} DATABASE=sqlite" in output


@pytest.mark.skipif(os.environ.get("CHAOS_BUGS") != "all", reason="CHAOS_BUGS=all plants them")
@pytest.mark.parametrize(("bug", "rule"), BUGS.items())
def test_every_bug_is_found(bug: str, rule: str) -> None:
    code, output = play(bug)

    assert code == 1, output
    assert rule in output


@pytest.mark.skipif(os.environ.get("CHAOS_BUGS") != "all", reason="CHAOS_BUGS=all plants them")
@pytest.mark.parametrize("bug", CARD_BUGS)
def test_every_bug_about_cards_is_found(bug: str) -> None:
    seed, orders, rule = CARD_BUGS[bug]

    code, output = play(bug, seed=seed, orders=orders)

    assert code == 1, output
    assert rule in output
