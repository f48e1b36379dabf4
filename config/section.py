"""What the sections of the settings have in common: where they are read, and types with bounds.

A type's `description` completes the sentence "NAME=value must be …" of a refusal.
"""

import ipaddress
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter
from pydantic_settings import BaseSettings, SettingsConfigDict

SETTINGS_FILE = os.environ.get("SETTINGS_FILE", ".env")


class Section(BaseSettings):
    """Some of the settings; `Settings` is all of them."""

    model_config = SettingsConfigDict(
        env_file=SETTINGS_FILE,
        extra="ignore",
        # Validation errors must not contain values: they may be secrets.
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )


def split(text: str | tuple[int, ...]) -> list[Any]:
    """The parts of a list separated by commas, without empty ones."""
    parts = text.split(",") if isinstance(text, str) else map(str, text)
    return [part.strip() for part in parts if part.strip()]


_ISO_8601 = re.compile(
    r"P(?=[\dT])(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?"
    r"(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?"
)
_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,6})?")


def _parse_duration(value: Any) -> timedelta:
    """Years and months, whose length differs, are refused, and so are pydantic's other formats."""
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    if _SECONDS.fullmatch(text):
        return timedelta(seconds=float(text))
    found = _ISO_8601.fullmatch(text)
    if found is None:
        message = "is no duration"
        raise ValueError(message)
    return timedelta(**{unit: float(n) for unit, n in found.groupdict().items() if n})


def iso_8601(duration: timedelta) -> str:
    """The duration as a setting spells it, in its largest whole unit."""
    seconds = duration.total_seconds()
    for unit, length in (("D", 86_400), ("H", 3_600), ("M", 60)):
        if seconds and seconds % length == 0:
            return f"P{'' if unit == 'D' else 'T'}{seconds / length:g}{unit}"
    return f"PT{seconds:g}S"


Duration = Annotated[timedelta, BeforeValidator(_parse_duration)]
"""ISO 8601 (`P2D`, `PT1M`) or seconds; add `Field(ge=…, le=…)`."""


def _parts(url: str) -> SplitResult:
    """Raises `ValueError` for a URL without a host, with a port that is none, or with spaces."""
    parts = urlsplit(url)
    if not parts.hostname or parts.port == 0 or not url.isprintable() or " " in url:
        message = "is no URL"
        raise ValueError(message)
    return parts


def _http_url(url: str) -> str:
    parts = _parts(url)
    is_plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in {"http", "https"} or not is_plain or url.endswith("/") or "*" in url:
        message = "is no http:// or https:// URL"
        raise ValueError(message)
    return url


HttpUrl = Annotated[
    str,
    AfterValidator(_http_url),
    Field(
        description="a URL such as https://host:port, without user, query or a slash at its end",
        max_length=2_000,
    ),
]


def _key_source(text: str) -> str:
    if "://" not in text:
        return text
    if not text.startswith(("http://", "https://")) or not _is_host(_parts(text).hostname):
        message = "is no http:// or https:// URL"
        raise ValueError(message)
    return text


KeySource = Annotated[
    str,
    AfterValidator(_key_source),
    Field(
        pattern=r"^[^\x00-\x1f\x7f]*$",
        max_length=1_000,
        description="a file, or a URL such as https://host/keys",
    ),
]


def check_smtp_url(url: str) -> None:
    """Raises `ValueError` unless it is `smtp://` or `smtps://` with a host.

    The library that sends mails logs in with ASCII only.
    """
    parts = _parts(url)
    login = unquote(f"{parts.username or ''}{parts.password or ''}")
    if parts.scheme not in {"smtp", "smtps"} or not _is_host(parts.hostname) or not login.isascii():
        message = (
            "is no smtp:// or smtps:// URL with a host and, if any, user and password in ASCII"
        )
        raise ValueError(message)


def _is_host(name: str | None) -> bool:
    try:
        return bool((name or "").encode("idna"))
    except UnicodeError:  # an empty or too long part
        return False


def check_database_url(url: str) -> None:
    """Raises `ValueError` unless it is a file of SQLite, or a host of PostgreSQL.

    A file whose folder does not exist yet is taken, one that can't exist is not.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        is_valid = rest.startswith("/") and _can_be_a_file(rest[1:])
    else:
        is_postgresql = scheme in {"postgresql", "postgresql+psycopg"} and bool(_parts(url))
        is_valid = is_postgresql and _has_known_options(f"postgresql://{rest}")
    if not is_valid:
        message = "is no URL of SQLite or PostgreSQL"
        raise ValueError(message)


def _has_known_options(url: str) -> bool:
    """Whether libpq knows what is behind the question mark; nothing is connected."""
    try:
        return bool(conninfo_to_dict(url))
    except ProgrammingError:
        return False


def _can_be_a_file(name: str) -> bool:
    """Processes share it, so that it is not in memory; whether it may be written is not asked."""
    if not name or name.startswith(":") or not name.isprintable() or set(name) & set("?#"):
        return False
    file = Path(name)
    try:
        folder = next(parent for parent in file.parents if parent.exists())
        return folder.is_dir() and not file.is_dir()
    except OSError:  # a part of it is too long
        return False


def parse_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """The network, or the address as one; IPv4 also for what is mapped to IPv6 (`::ffff:…`).

    Raises `ValueError`.
    """
    network = ipaddress.ip_network(text)
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(MAPPED):
        address = network.network_address.ipv4_mapped
        return ipaddress.ip_network(f"{address}/{network.prefixlen - MAPPED.prefixlen}")
    return network


MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
"""The IPv4 addresses as IPv6 has them (RFC 4291, section 2.5.5.2)."""


def _networks(text: str) -> str:
    for part in split(text):
        if parse_network(part).prefixlen == 0:
            message = "is everybody"
            raise ValueError(message)
    return text


Networks = Annotated[
    str,
    AfterValidator(_networks),
    Field(
        description="IP addresses or networks, separated by commas: 10.0.0.1,192.168.0.0/16",
        max_length=2_000,
    ),
]


Port = Annotated[int, Field(ge=0, le=65_535)]


def _socket_address(text: str) -> str:
    host, _, port = text.rpartition(":")
    is_v6 = host.startswith("[") and host.endswith("]")
    if text:
        ipaddress.ip_address(host[1:-1] if is_v6 else host)
        TypeAdapter(Port).validate_python(port)
    return text


def _origins(text: str) -> str:
    for origin in split(text):
        if urlsplit(_http_url(origin)).path:
            message = "is no origin"
            raise ValueError(message)
    return text


Origins = Annotated[
    str,
    AfterValidator(_origins),
    Field(
        description="origins such as https://temporal.example, separated by commas and without "
        "wildcards",
        max_length=2_000,
    ),
]

HostName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9:]([A-Za-z0-9.:_-]{0,252}[A-Za-z0-9:])?$",
        description="a host name or an IP address, without a port",
    ),
]

SocketAddress = Annotated[
    str,
    AfterValidator(_socket_address),
    Field(description="an IP address and a port, such as 127.0.0.1:9464"),
]

Text = Annotated[
    str,
    Field(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=1_000, description="one line of text"),
]
