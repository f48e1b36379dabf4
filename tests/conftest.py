"""What every test may use, and may not: the settings of whoever runs the tests."""

import os

os.environ["SETTINGS_FILE"] = ""  # before `config` is imported, which reads it

from config import Settings
from tests.support.postgres import postgres

__all__ = ["postgres"]

for name in list(os.environ):
    if name.lower() in Settings.model_fields or name.startswith("TEMPORAL_"):
        del os.environ[name]
os.environ["TEMPORAL_CONFIG_FILE"] = os.devnull
