"""The talk's five scenarios, each relying on the balance that the one before left."""

import pytest

from clients import calls
from clients.rest import CALL_TIMEOUT, RestClient
from dev.stack.stack import Stack
from dev.story.scenarios import SCENARIOS, play_all, set_stage

pytestmark = pytest.mark.proof


def test_the_story_ends_as_it_must_and_can_be_played_again(stack: Stack) -> None:
    assert len(SCENARIOS) == 5
    with RestClient(stack.api_url, patience=CALL_TIMEOUT) as api:
        for reference in ("first", "second"):
            play_all(set_stage(api))
            # Whatever happens between two runs, the next one begins with empty accounts.
            for customer in ("martin", "kermit"):
                api.send(calls.credit_customer(customer, 700, reference))
