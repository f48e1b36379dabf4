"""Doing to a running stack what a plan says goes wrong."""

from verification.chaos.faults.injector import Injector

__all__ = ["Injector"]
