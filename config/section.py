"""What the sections of the settings have in common: where they are read, and lists."""

import os
from typing import Any

from pydantic_settings import BaseSettings, SettingsConfigDict


class Section(BaseSettings):
    """Some of the settings; `Settings` is all of them."""

    model_config = SettingsConfigDict(
        env_file=os.environ.get("SETTINGS_FILE", ".env"),
        extra="ignore",
        # Validation errors must not contain values: they may be secrets.
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )


def split(text: str | tuple[int, ...]) -> list[Any]:
    """The parts of a list separated by commas, without empty ones."""
    parts = text.split(",") if isinstance(text, str) else map(str, text)
    return [part.strip() for part in parts if part.strip()]
