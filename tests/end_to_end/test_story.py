"""The talk's five scenarios, each relying on the balance that the one before left."""

from dev.stack.stack import Stack
from dev.story.scenarios import SCENARIOS, play_all, set_stage
from dev.story.shop import Shop


def test_the_story_ends_as_it_must_and_can_be_told_again(stack: Stack) -> None:
    assert len(SCENARIOS) == 5
    with Shop(stack.api_url) as shop:
        for _ in range(2):
            play_all(set_stage(shop))
