"""Downloads that can't be had."""

from pathlib import Path

import pytest

from dev.temporal_server.download import download_cli


@pytest.mark.timeout(120)
def test_a_download_is_announced_and_does_not_take_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    # The test has less.
    assert download_cli(tmp_path / "cache", limit=600) is None
    printed = capsys.readouterr().err
    assert len(printed.splitlines()) == 1
    assert "for 600 s" in printed
    assert not (tmp_path / "cache").exists()
