"""Every setting has bounds, and what lies outside of them is refused in one line."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import SecretStr, TypeAdapter
from pydantic.fields import FieldInfo

from config import Settings, read_settings, settings

FIELDS = Settings.model_fields

NUMBERS = (int, float)
NO_NUMBERS = ["", "x", "1e", "nan", "inf", "-inf", "1,5", "0x10"]
NO_DURATIONS = [
    "",
    "x",
    "P",
    "PT",
    "P1M",
    "P1Y",
    "2 days",
    "48:00:00",
    "-P2D",
    "1e3",
    "nan",
    "P2DT",
]

NO_HTTP_URLS = [
    "",
    "x",
    "ftp://x",
    "http://",
    "http://x/",
    "http://x:y",
    "http://u:p@x",
    "http://a b",
]
WRONG_TEXTS = {
    "api_host": ["", "a b", "http://x", "x" * 300, "a\nb"],
    "build_id": ["-x", "a b", "a/b", "a:b", "x" * 64, "a\n"],
    "card_link_keys": ["short", f"{'x' * 40},short"],
    "carrier_url": NO_HTTP_URLS,
    "codec_host": ["", "a b", "http://x"],
    "codec_origins": ["*", "https://*.example", "x", "http://x/path", "http://x,*"],
    "currency": ["", "eur", "EURO", "KWD", "XXX"],
    "database_url": [
        "",
        "x",
        "mysql://host/x",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:////dev/null/orders.db",
        "sqlite:////dev/null/a/b/orders.db",
        "sqlite:////dev",
        f"sqlite:////tmp/{'x' * 300}/orders.db",
        "sqlite:////tmp/orders.db?mode=ro",
        "sqlite:////tmp/a\nb.db",
        "postgresql://h:99999/x",
        "postgresql://h/x?foo=bar",
        "postgresql+psycopg://h/x?sslmod=require",
    ],
    "jwt_audience": ["a\nb", "x" * 1001],
    "jwt_customer_claim": ["", "a b", "x" * 201],
    "jwt_issuer": ["a\nb", "x" * 1001],
    "jwt_keys": [
        *("a\nb", "x" * 1001, "https://", "https://[::1", "https://[x]", "https://h:99999/keys"),
        *("https://h:x/keys", "https://a..b/keys", "https://\u2100.com", "https://h/my keys"),
        *("HTTPS://h/keys", "ftp://h/keys", "http://:8000"),
    ],
    "mail_from": ["", "x", "a@b@c", "Kermit <kermit@example.com>", "a@b\n"],
    "metrics_address": ["x", "9464", "localhost:9464", "127.0.0.1:99999", "127.0.0.1:", "[::1:1"],
    "public_url": NO_HTTP_URLS,
    "security_log": ["a\nb", "x" * 1001],
    "smtp_url": [
        *("", "x", "http://x", "smtp://", "smtp://x:y", "smtp://mail..example.com:25"),
        *(f"smtp://{'x' * 64}.example.com", "smtp://me:p%C3%A4ss@mail.example.com"),
    ],
    "stack_socket": ["a\nb", "x" * 1001],
    "stripe_api_base": NO_HTTP_URLS,
    "stripe_api_key": ["", "short"],
    "stripe_js_base": NO_HTTP_URLS,
    "stripe_publishable_key": ["sk_test_x", "pk_test_", "pk_test_x y", "pk_live_x"],
    "stripe_webhook_secrets": ["whsec_short"],
    "temporal_ui_url": NO_HTTP_URLS,
    "trusted_proxies": [
        *("*", "x", "0.0.0.0/0", "::/0", "10.0.0.0/99", "10.0.0.1/8"),
        *("::ffff:0.0.0.0/96", "::ffff:10.0.0.1/104"),
    ],
}
"""Of each setting that is a text."""

WRONG_OTHERS = {
    "card_retry_days": ["x", "0", "-1", "7,3", "3,3", "P3D", "1.5", "14", "9" * 5000],
    "payload_keys": ["x", "id:", "id:x", ":x", f"a:{'A' * 44},a:{'A' * 44}"],
}


def bounds(field: FieldInfo) -> tuple[list[Any], list[Any]]:
    """The least and the greatest value, each as a list of one or none."""
    least = [bound.ge for bound in field.metadata if getattr(bound, "ge", None) is not None]
    return least, [bound.le for bound in field.metadata if getattr(bound, "le", None) is not None]


def wrong(name: str) -> list[str]:
    kind = FIELDS[name].annotation
    if kind in {*NUMBERS, timedelta}:
        [least], [greatest] = bounds(FIELDS[name])
        if isinstance(least, timedelta):
            near = [least.total_seconds() - 0.001, greatest.total_seconds() + 1]
            return [*(f"{seconds:f}" for seconds in near), *NO_DURATIONS]
        return [str(least - 1), str(greatest + 1), *NO_NUMBERS]
    if kind is bool or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return ["", "maybe", "2"]
    return (WRONG_TEXTS | WRONG_OTHERS)[name]


CASES = [(name, value) for name in FIELDS for value in wrong(name)]


@pytest.mark.parametrize(("name", "value"), CASES, ids=lambda text: text[:30])
def test_what_is_out_of_bounds_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name.upper(), value)
    with pytest.raises(SystemExit) as refusal:
        read_settings()
    line = str(refusal.value)
    assert line.startswith(name.upper())
    assert line.splitlines() == [line]
    assert len(line) < 400


@pytest.mark.parametrize("name", [name for name in FIELDS if all(bounds(FIELDS[name]))])
def test_the_bounds_themselves_are_taken(name: str) -> None:
    field = FIELDS[name]
    adapter = TypeAdapter[Any](Annotated[field.annotation, *field.metadata])  # type: ignore[valid-type]
    for [bound] in bounds(field):
        assert adapter.validate_python(bound) == bound


def test_every_text_has_wrong_values_here() -> None:
    texts = {name for name, field in FIELDS.items() if field.annotation in {str, SecretStr}}
    assert texts == WRONG_TEXTS.keys()


def test_the_defaults_are_valid() -> None:
    usual = read_settings()
    assert read_settings(**usual.model_dump()) == usual


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("172800", timedelta(days=2)),
        ("86400.5", timedelta(days=1, seconds=0.5)),
        (" P2D ", timedelta(days=2)),
        ("P1W", timedelta(weeks=1)),
        ("P1DT12H30M", timedelta(days=1, hours=12, minutes=30)),
    ],
)
def test_durations_are_iso_8601_or_seconds(
    monkeypatch: pytest.MonkeyPatch, text: str, duration: timedelta
) -> None:
    monkeypatch.setenv("REMINDER_INTERVAL", text)
    assert read_settings().reminder_interval == duration


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            "REMINDER_INTERVAL=PT2S",
            r"REMINDER_INTERVAL=PT2S must be a duration from PT1H to P90D: .*",
        ),
        ("PAYMENT_WAITING_TIME=P0D", r"PAYMENT_WAITING_TIME=P0D must be .* PT2H to P365D: .*"),
        ("REMINDER_INTERVAL=P14D", r"REMINDER_INTERVAL=P14D must be shorter than .*P14D.*"),
        ("REMINDER_INTERVAL=PT11H", r"REMINDER_INTERVAL=PT11H must be .* at least a 30th of .*"),
        ("PAYMENT_WAITING_TIME=P2D", r"REMINDER_INTERVAL=P2D must be shorter .*TIME=P2D.*"),
        (
            "CARD_RETRY_DAYS=3,14",
            r"CARD_RETRY_DAYS=3,14 must end before PAYMENT_WAITING_TIME=P14D\.",
        ),
        ("RETRY_FIRST=PT2M", r"RETRY_FIRST=PT2M must be at most RETRY_LONGEST=PT1M\."),
        ("API_PORT=http", r"API_PORT=http must be a whole number from 0 to 65535\."),
        ("DRAIN_SECONDS=601", r"DRAIN_SECONDS=601 must be a number from 0 to 600\."),
        ("AUTH=on", r"AUTH=on must be none or jwt\."),
        ("DEVELOPMENT_MODE=maybe", r"DEVELOPMENT_MODE=maybe must be true or false\."),
        ("DATABASE_URL=sqlite:///:memory:", r"DATABASE_URL=sqlite:///:memory: must be sqlite:.*"),
        (f"MAIL_FROM={'x' * 99}", r"MAIL_FROM=x{80}… must be an address .*"),
    ],
)
def test_the_line_says_what_was_wrong_and_what_is_right(
    monkeypatch: pytest.MonkeyPatch, given: str, line: str
) -> None:
    monkeypatch.setenv(*given.split("=", 1))
    with pytest.raises(SystemExit, match=f"^{line}$"):
        read_settings()


def test_the_card_providers_log_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STRIPE_LOG", "debug")
    with pytest.raises(SystemExit, match=r"^STRIPE_LOG=debug must be unset: .*details of cards\.$"):
        read_settings()


def test_several_wrong_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PORT", "x")
    monkeypatch.setenv("AUTH", "on")
    with pytest.raises(SystemExit, match=r"API_PORT=x must .*; AUTH=on must |AUTH.*; API_PORT"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://user:hunter2@host/x"),
        ("SMTP_URL", "http://user:hunter2@host"),
        ("STRIPE_API_KEY", "hunter2"),
        ("CARD_LINK_KEYS", "hunter2"),
        ("PAYLOAD_KEYS", "hunter2"),
    ],
)
def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=f"^{name}") as refusal:
        read_settings()
    assert "hunter2" not in str(refusal.value)


def test_browsers_and_servers_are_of_one_mode() -> None:
    live = {"stripe_api_key": "rk_live_x", "stripe_publishable_key": "pk_live_x"}
    assert read_settings(**live).stripe_publishable_key == "pk_live_x"
    with pytest.raises(SystemExit, match="of the same mode"):
        read_settings(**live | {"stripe_publishable_key": "pk_test_x"})


def test_stripe_itself_needs_the_lag_of_its_search() -> None:
    stripe = {"stripe_api_base": "https://api.stripe.com"}
    with pytest.raises(SystemExit, match=r"^CARD_SEARCH_LAG=PT59M must be PT1H or more"):
        read_settings(**stripe, card_search_lag="PT59M")
    assert read_settings(**stripe, card_search_lag="PT1H").card_search_lag == timedelta(hours=1)


@pytest.mark.parametrize("content", [None, b"API_PORT=1\xff"])
def test_a_settings_file_that_cannot_be_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "settings"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("SETTINGS_FILE", str(file))
    monkeypatch.setattr(settings, "SETTINGS_FILE", str(file))
    with pytest.raises(SystemExit, match=r"^SETTINGS_FILE=.*settings can't be read as text: .+"):
        read_settings()
