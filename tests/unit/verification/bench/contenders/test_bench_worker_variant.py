import pytest
from temporalio.worker import PollerBehaviorSimpleMaximum, UnsandboxedWorkflowRunner

import worker
from verification.bench.contenders.worker_variant import Variant, make


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting them to what they are has them put back afterwards."""
    for name in ("SANDBOX", "PollerBehaviorAutoscaling"):
        monkeypatch.setattr(worker, name, getattr(worker, name))


def test_the_worker_as_it_is_has_a_sandbox() -> None:
    make(Variant.AS_IT_IS)
    assert not isinstance(worker.SANDBOX, UnsandboxedWorkflowRunner)


def test_the_sandbox_can_be_removed() -> None:
    make(Variant.WITHOUT_SANDBOX)
    assert isinstance(worker.SANDBOX, UnsandboxedWorkflowRunner)


def test_default_pollers_replace_autoscaling_ones() -> None:
    make(Variant.WITH_DEFAULT_POLLERS)
    assert worker.PollerBehaviorAutoscaling is PollerBehaviorSimpleMaximum


def test_replacing_a_missing_name_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(worker, "SANDBOX")
    with pytest.raises(LookupError, match="SANDBOX"):
        make(Variant.WITHOUT_SANDBOX)
