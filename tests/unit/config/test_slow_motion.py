import pytest

from config import read_settings


def test_slow_motion_is_refused_outside_development_mode() -> None:
    with pytest.raises(SystemExit, match=r"^STEP_PAUSE_SECONDS=1.5 must be 0, or .*\.$"):
        read_settings(step_pause_seconds=1.5)


def test_slow_motion_is_off_unless_somebody_turns_it_on() -> None:
    assert read_settings(development_mode=True).step_pause_seconds == 0
    assert read_settings(development_mode=True, step_pause_seconds=1.5).step_pause_seconds == 1.5
