"""Binding beyond loopback without authentication takes a setting of its own."""

import pytest
from pydantic import ValidationError

from config import Settings

OTHER_HOSTS = ["0.0.0.0", "::", "192.168.1.1", "example.com"]


@pytest.mark.parametrize("setting", ["api_host", "codec_host"])
@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_refused_by_default(setting: str, host: str) -> None:
    with pytest.raises(ValidationError, match="ALLOW_UNAUTHENTICATED_REMOTE_ACCESS") as error:
        Settings.model_validate({setting: host})
    assert f"AUTH=none, {setting.upper()}={host} would open" in str(error.value)


@pytest.mark.parametrize("setting", ["api_host", "codec_host"])
@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_allowed_if_the_setting_says_so(setting: str, host: str) -> None:
    settings = Settings.model_validate({setting: host, "allow_unauthenticated_remote_access": True})

    assert getattr(settings, setting) == host
