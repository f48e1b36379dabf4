import pytest

from config import read_settings


@pytest.mark.parametrize(("text", "days"), [("3,7,11", (3, 7, 11)), (" 3 , 7", (3, 7)), ("", ())])
def test_days_are_a_list(monkeypatch: pytest.MonkeyPatch, text: str, days: tuple[int, ...]) -> None:
    monkeypatch.setenv("CARD_RETRY_DAYS", text)
    assert read_settings().card_retry_days == days


@pytest.mark.parametrize("text", ["7,3", "0", "3,3", "P3D"])
def test_what_is_no_list_of_days_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("CARD_RETRY_DAYS", text)
    with pytest.raises(SystemExit, match=r"^CARD_RETRY_DAYS.*: .+$"):
        read_settings()
