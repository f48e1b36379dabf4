import pytest

from config import read_settings


@pytest.mark.parametrize(
    ("first", "longest"), [("PT2S", "PT1S"), ("PT0S", "PT1S"), ("-PT1S", "PT1S")]
)
def test_pauses_that_make_no_sense_are_refused(first: str, longest: str) -> None:
    with pytest.raises(SystemExit, match=rf"^RETRY_FIRST={first} must be .*\.$"):
        read_settings(retry_first=first, retry_longest=longest)


def test_pauses_may_be_all_the_same() -> None:
    settings = read_settings(retry_first="PT1S", retry_longest="PT1S")

    assert settings.retry_first == settings.retry_longest
