"""The whole system on one machine, run by supervisor: for `make run`, tests, chaos and bench."""

from dev.stack.ports import Ports
from dev.stack.stack import Stack, StackError

__all__ = ["Ports", "Stack", "StackError"]
