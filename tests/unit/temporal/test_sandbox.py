"""The sandbox answers for the SDK only what it would have answered itself."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from temporalio.api.enums.v1 import CommandType
from temporalio.converter import WorkflowSerializationContext
from temporalio.worker import WorkflowInstance
from temporalio.workflow import Info

from security.payload_keys import PayloadKeys, new_key
from temporal.client import data_converter
from temporal.sandbox import _WithItsContext
from temporal.unreadable_signals import UnreadableSignals

OWN = WorkflowSerializationContext(namespace="default", workflow_id="payment/1")
OTHER = WorkflowSerializationContext(namespace="default", workflow_id="payment/2")


class Instance:
    """The SDK's, which knows whom a command is for."""

    def get_serialization_context(self, command_info: Any) -> WorkflowSerializationContext:
        del command_info
        return OTHER


def in_sandbox() -> _WithItsContext:
    info = cast("Info", SimpleNamespace(namespace="default", workflow_id="payment/1"))
    signals = UnreadableSignals("payment/1", None)
    instance = cast("WorkflowInstance", Instance())
    return _WithItsContext(instance, info, signals, is_pinned=False)


def test_no_external_store_would_want_a_context() -> None:
    converter = data_converter(PayloadKeys.parse(new_key("of-a-test")))
    assert converter.external_storage is None


@pytest.mark.parametrize("method", sorted(WorkflowInstance.__abstractmethods__))
def test_every_method_of_the_sdk_is_answered(method: str) -> None:
    assert method in vars(_WithItsContext)


def test_what_has_no_command_is_the_workflows_own() -> None:
    assert in_sandbox().get_serialization_context(None) == OWN


@pytest.mark.parametrize("kind", CommandType.values())
def test_only_children_and_signals_are_for_other_workflows(kind: int) -> None:
    context = in_sandbox().get_serialization_context(SimpleNamespace(command_type=kind))
    for_others = {
        CommandType.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION,
        CommandType.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION,
    }
    assert context == (OTHER if kind in for_others else OWN)
