"""The sandbox may leave contexts out as long as nobody would look at them."""

import inspect

import pytest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import WorkflowInstance

import temporal_client
from workflow_sandbox import _WithoutContexts


def test_nothing_that_would_want_a_context_is_in_use() -> None:
    converter = pydantic_data_converter
    assert "pydantic_data_converter" in inspect.getsource(temporal_client)
    assert converter.payload_codec is None
    assert converter.external_storage is None


@pytest.mark.parametrize("method", sorted(WorkflowInstance.__abstractmethods__))
def test_every_method_of_the_sdk_is_answered(method: str) -> None:
    assert method in vars(_WithoutContexts)
