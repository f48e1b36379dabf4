"""Which test shows what comes of an operator's action, for each workflow at each waiting state."""

import importlib
from collections.abc import Mapping
from enum import StrEnum

import pytest

HERE = __name__.rpartition(".")[0]


class Action(StrEnum):
    """What an operator does."""

    CANCEL = "cancel"
    TERMINATE = "terminate"
    RESET_FIRST = "reset to the first point"
    RESET_LAST = "reset to the last point"
    RESET_AFTER_END = "reset to any point after its end"
    PAUSE = "pause and unpause its activity"
    RESET_ACTIVITY = "reset its activity"
    CHANGE_OPTIONS = "change its activity's options"
    BATCH_OF_RESETS = "batch of resets"
    BATCH_OF_TERMINATIONS = "batch of terminations"


OF_ACTIVITIES = {Action.PAUSE, Action.RESET_ACTIVITY, Action.CHANGE_OPTIONS}
OF_BATCHES = {Action.BATCH_OF_RESETS, Action.BATCH_OF_TERMINATIONS}

DISTURBED = "test_operator_actions.test_an_activity_that_waits_is_disturbed"
ENDED = "test_waits_ended_or_reset.test_a_wait_is_ended_or_reset"
OF_AN_ACTIVITY = {
    **dict.fromkeys(OF_ACTIVITIES, DISTURBED),
    **dict.fromkeys(
        (Action.CANCEL, Action.TERMINATE, Action.RESET_FIRST, Action.RESET_LAST), ENDED
    ),
}
ORDER_AFTER_END = "test_joined_children.test_an_order_is_fulfilled_once_wherever_it_is_reset_to"
CARD_GOES_ON = "test_operated_card_updates.test_an_update_that_waits_for_the_provider_goes_on"
CARD_RESET = (
    "test_operated_card_updates.test_an_update_that_is_reset_while_it_waits_is_joined_by_the_next"
)

COVERED: Mapping[str, Mapping[Action, str]] = {
    "order waits for its payment": {
        Action.CANCEL: "test_operator_actions.test_each_is_canceled",
        Action.TERMINATE: (
            "test_joined_children.test_an_order_that_was_ended_by_force_goes_on_after_a_reset"
        ),
        Action.RESET_FIRST: "test_joined_children.test_a_new_card_fulfills_a_reset_order",
        Action.RESET_LAST: "test_joined_children.test_a_new_card_fulfills_a_reset_order",
        Action.RESET_AFTER_END: ORDER_AFTER_END,
        Action.BATCH_OF_RESETS: "test_operator_actions.test_a_batch_of_orders_is_reset",
        Action.BATCH_OF_TERMINATIONS: (
            "test_operator_actions.test_a_batch_of_orders_is_terminated_and_goes_on_after_a_reset"
        ),
    },
    "order waits for the carrier": OF_AN_ACTIVITY | {Action.RESET_AFTER_END: ORDER_AFTER_END},
    "payment waits for a card": {
        Action.CANCEL: "test_operator_actions.test_each_is_canceled",
        Action.TERMINATE: (
            "test_joined_children.test_a_reset_order_learns_that_its_payment_was_ended_by_force"
        ),
        Action.RESET_FIRST: "test_joined_children.test_a_reset_order_follows_its_reset_payment",
        Action.RESET_LAST: "test_joined_children.test_a_reset_order_follows_its_reset_payment",
        Action.RESET_AFTER_END: "test_waits_ended_or_reset.test_what_has_ended_is_reset",
        Action.BATCH_OF_RESETS: "test_operator_actions.test_a_batch_of_payments_is_reset",
        Action.BATCH_OF_TERMINATIONS: (
            "test_operator_actions.test_a_batch_of_payments_is_terminated"
        ),
    },
    "payment waits for the card provider": OF_AN_ACTIVITY
    | {Action.RESET_AFTER_END: "test_waits_ended_or_reset.test_what_has_ended_is_reset"},
    "refund waits for the card provider": OF_AN_ACTIVITY
    | {Action.RESET_AFTER_END: "test_waits_ended_or_reset.test_what_has_ended_is_reset"},
    "card update waits for the card provider": {
        **dict.fromkeys(OF_ACTIVITIES, CARD_GOES_ON),
        Action.CANCEL: "test_operated_card_updates.test_an_update_that_is_ended_changes_nothing",
        Action.TERMINATE: (
            "test_operated_card_updates.test_an_update_that_is_ended_changes_nothing"
        ),
        Action.RESET_FIRST: CARD_RESET,
        Action.RESET_LAST: CARD_RESET,
        Action.RESET_AFTER_END: (
            "test_operated_card_updates"
            ".test_a_completed_update_that_is_reset_has_no_declined_card_charged_again"
        ),
    },
}

WITHOUT_ACTIVITY = {"order waits for its payment", "payment waits for a card"}
"""These wait for a child, a signal or a timer: there is nothing to pause.

They are also what a batch is run on: an outage of another system is over for all at once.
"""


@pytest.mark.parametrize("state", COVERED)
def test_every_action_has_its_test(state: str) -> None:
    left_out = OF_ACTIVITIES if state in WITHOUT_ACTIVITY else OF_BATCHES
    assert set(COVERED[state]) == set(Action) - left_out


@pytest.mark.parametrize("test", sorted({one for row in COVERED.values() for one in row.values()}))
def test_named_tests_exist(test: str) -> None:
    module, _, name = test.partition(".")
    assert hasattr(importlib.import_module(f"{HERE}.{module}"), name)
