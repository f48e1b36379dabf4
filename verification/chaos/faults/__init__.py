"""Injects the faults of a plan into a running stack."""

from verification.chaos.faults.injector import Injector

__all__ = ["Injector"]
