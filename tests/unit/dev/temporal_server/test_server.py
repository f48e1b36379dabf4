"""The real server: found or built, started, made ready, killed and started again."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, RegisterNamespaceRequest
from temporalio.client import Client

from dev.temporal_server.build import HERE
from dev.temporal_server.ports import free_ports
from dev.temporal_server.server import TemporalServer, temporal_server
from temporal.register import RETENTION, SEARCH_ATTRIBUTES, register
from tests.support.processes import LIMIT_SECONDS


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    with temporal_server(tmp_path_factory.mktemp("temporal")) as running:
        yield running


async def registered(client: Client) -> tuple[int, dict[str, int]]:
    """Seconds for which ended workflows are kept, and the types of the search attributes."""
    namespace = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace="default")
    )
    attributes = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace="default")
    )
    kept = namespace.config.workflow_execution_retention_ttl.seconds
    return kept, dict(attributes.custom_attributes)


async def test_it_is_ready_for_our_workflows(server: TemporalServer) -> None:
    kept, attributes = await registered(await Client.connect(server.address))
    assert kept == RETENTION.total_seconds()
    assert SEARCH_ATTRIBUTES.items() <= attributes.items()


async def test_registering_again_changes_nothing(server: TemporalServer) -> None:
    client = await Client.connect(server.address)
    before = await registered(client)
    await register(client)
    assert await registered(client) == before


async def test_a_namespace_that_forgets_too_early_is_refused(server: TemporalServer) -> None:
    client = await Client.connect(server.address)
    day = Duration(seconds=86_400)
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace="short", workflow_execution_retention_period=day)
    )
    line = (
        "The namespace short keeps closed workflows for 24 hours, and 168 are needed: run "
        "`python -m deploy.register --extend-retention`."
    )
    for arguments, code, said in (
        ([], 1, [line]),
        (["--extend-retention"], 0, []),
        (["--extend-retention"], 0, []),
        ([], 0, []),
    ):
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "deploy.register", *arguments],
            cwd=HERE.parents[1],
            env=os.environ | {"TEMPORAL_ADDRESS": server.address, "TEMPORAL_NAMESPACE": "short"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr.splitlines()) == (code, said)


async def test_its_web_ui_answers(server: TemporalServer) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        answer = await http.get(f"{server.ui_url}/api/v1/namespaces")
    assert answer.is_success
    assert "default" in answer.text


def test_it_listens_on_loopback_only(server: TemporalServer) -> None:
    family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    listening = {
        connection.laddr.ip
        for process in family
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


async def test_killed_in_the_middle_it_goes_on_on_the_same_file(server: TemporalServer) -> None:
    client = await Client.connect(server.address)
    handle = await client.start_workflow("Anything", id="kept", task_queue="nobody")
    server.kill()
    server.start()
    client = await Client.connect(server.address)
    described = await client.get_workflow_handle("kept").describe()
    assert described.run_id == handle.first_execution_run_id


def launch(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dev.temporal_server.launch", *arguments],
        cwd=HERE.parents[1],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_that_was_started(tmp_path: Path, how: signal.Signals) -> None:
    port, *_, ui_port = map(str, free_ports(9))
    with launch("--port", port, "--ui-port", ui_port, "--data-dir", str(tmp_path)) as launcher:
        assert launcher.stdout
        assert launcher.stdout.readline().startswith("Temporal is ready")
        children = psutil.Process(launcher.pid).children(recursive=True)
        launcher.send_signal(how)
        assert launcher.wait(LIMIT_SECONDS) == 0
    assert children
    assert not any(child.is_running() for child in children)


def test_a_launcher_killed_hard_takes_its_children_along(tmp_path: Path) -> None:
    port, *_, ui_port = map(str, free_ports(9))
    with launch("--port", port, "--ui-port", ui_port, "--data-dir", str(tmp_path)) as launcher:
        assert launcher.stdout
        launcher.stdout.readline()
        children = psutil.Process(launcher.pid).children(recursive=True)
        launcher.kill()
    _, alive = psutil.wait_procs(children, timeout=LIMIT_SECONDS)
    assert not alive


def test_a_server_that_dies_is_reported(tmp_path: Path) -> None:
    port, *_, ui_port = map(str, free_ports(9))
    with launch("--port", port, "--ui-port", ui_port, "--data-dir", str(tmp_path)) as launcher:
        assert launcher.stdout
        launcher.stdout.readline()
        psutil.Process(launcher.pid).children()[0].kill()
        assert launcher.wait(LIMIT_SECONDS) == 1
        assert "ended unexpectedly with exit code -9" in launcher.stdout.read()


def test_a_taken_port_is_reported_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with launch("--port", str(port), "--data-dir", str(tmp_path)) as launcher:
            output, _ = launcher.communicate(timeout=LIMIT_SECONDS)
    assert launcher.returncode == 1
    assert output.splitlines() == [
        f"Port {port} (Temporal) is taken on 127.0.0.1: stop what listens there."
    ]


def test_a_running_server_is_only_made_ready(server: TemporalServer) -> None:
    with launch(TEMPORAL_ADDRESS=server.address) as launcher:
        assert launcher.stdout
        line = launcher.stdout.readline()
        children = psutil.Process(launcher.pid).children()
        launcher.terminate()
        assert launcher.wait(LIMIT_SECONDS) == 0
    assert line == f"Temporal at {server.address} is ready; it was running already.\n"
    assert children == []
