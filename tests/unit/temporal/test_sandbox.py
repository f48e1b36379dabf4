"""The sandbox may leave contexts out as long as nobody would look at them."""

import pytest
from temporalio.converter import WithSerializationContext
from temporalio.worker import WorkflowInstance

from security.payload_keys import PayloadKeys, new_key
from temporal.client import data_converter
from temporal.sandbox import _WithoutContexts


def test_nothing_that_would_want_a_context_is_in_use() -> None:
    converter = data_converter(PayloadKeys.parse(new_key("of-a-test")))
    # (Payload converters are asked inside the sandbox, which the runner has no say in.)
    assert not isinstance(converter.payload_codec, WithSerializationContext)
    assert converter.external_storage is None


@pytest.mark.parametrize("method", sorted(WorkflowInstance.__abstractmethods__))
def test_every_method_of_the_sdk_is_answered(method: str) -> None:
    assert method in vars(_WithoutContexts)
