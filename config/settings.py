"""All settings in one class, and how a process reads them."""

import os
import sys
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from config.access import LOOPBACK_HOSTS, Access
from config.capacity import Capacity
from config.connections import Connections
from config.http_server import HttpServer
from config.keys import Keys
from config.process import Process
from config.section import SETTINGS_FILE, iso_8601

HIDDEN = {"database_url", "payload_keys"}
"""Settings that may contain a password or a key, beside those of the type `SecretStr`."""

LONGEST_SHOWN = 80

KINDS: dict[object, str] = {
    int: "a whole number from {}",
    float: "a number from {}",
    timedelta: "a duration from {}: ISO 8601 (P2D, PT12H, PT0.5S) or seconds",
}


class Settings(Connections, Process, Keys, Access, HttpServer, Capacity):
    """Addresses, credentials, limits and timeouts of all processes.

    `temporalio.envconfig` reads Temporal's own settings (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
    TLS, …). A file may hold settings too: the one that SETTINGS_FILE names, by default `.env` in
    the working directory. An empty SETTINGS_FILE means no file.
    """

    @model_validator(mode="after")
    def _check_links(self) -> Self:
        url = urlsplit(self.public_url)
        if self.card_link_secrets and url.scheme == "http" and url.hostname not in LOOPBACK_HOSTS:
            message = "PUBLIC_URL must begin with https://: the links in mails contain secrets."
            raise ValueError(message)
        return self


def read_settings(**given: Any) -> Settings:
    """The settings of this process, of which those that are `given` win.

    Exits with a line that says what is wrong if they are invalid.
    """
    if level := os.environ.get("STRIPE_LOG"):
        sys.exit(f"STRIPE_LOG={level} must be unset: Stripe's SDK would log details of cards.")
    require_settings_file()
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        sys.exit("; ".join(_refusal(detail) for detail in error.errors()))


def require_settings_file() -> None:
    """Exits with a line that says why if the settings file can't be read.

    The usual one may be missing.
    """
    file = Path(SETTINGS_FILE)
    try:
        if SETTINGS_FILE and ("SETTINGS_FILE" in os.environ or file.exists()):
            file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"SETTINGS_FILE={file} can't be read as text: {error}")


def _refusal(detail: ErrorDetails) -> str:
    """What is wrong, with which value, and what would be right; without a secret's value."""
    message = detail["msg"].removeprefix("Value error, ")
    if not detail["loc"]:
        return message
    name = str(detail["loc"][0])
    field = Settings.model_fields[name]
    is_file = name == "database_url" and str(detail["input"]).startswith("sqlite:")
    is_shown = is_file or (name not in HIDDEN and field.annotation is not SecretStr)
    is_whole = is_shown and len(detail["loc"]) == 1
    setting = f"{name.upper()}={_shown(detail['input'])}" if is_whole else name.upper()
    rule = field.description or _rule(field)
    return f"{setting} must be {rule}." if rule else f"{setting}: {message}"


def _shown(value: object) -> str:
    parts = cast("list[object]", value) if isinstance(value, list) else [value]
    text = ",".join(map(str, parts)).encode("unicode_escape").decode()
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _rule(field: FieldInfo) -> str:
    """What values the field takes, from its type and bounds; empty if they don't say."""
    kind = field.annotation
    if kind is bool:
        return "true or false"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return " or ".join(kind)
    if kind not in KINDS:
        return ""
    sides = ((side, bound) for side in ("ge", "gt", "lt", "le") for bound in field.metadata)
    values = (getattr(bound, side, None) for side, bound in sides)
    bounds = [_spelled(value) for value in values if value is not None]
    return KINDS[kind].format(" to ".join(bounds))


def _spelled(bound: float | timedelta) -> str:
    return iso_8601(bound) if isinstance(bound, timedelta) else f"{bound:.10g}"
