"""The whole system on one machine, kept running by supervisor: for `make run`, the tests and the
benchmark alike.
"""

from dev.stack.ports import Ports
from dev.stack.stack import Stack, StackError

__all__ = ["Ports", "Stack", "StackError"]
