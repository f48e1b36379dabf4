"""All settings, with units and defaults. Each is an environment variable of the same name."""

from config.access import LOOPBACK_HOSTS, Auth
from config.settings import Settings, read_settings

__all__ = ["LOOPBACK_HOSTS", "Auth", "Settings", "read_settings"]
