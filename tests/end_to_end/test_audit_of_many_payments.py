"""The audit of many waiting payments takes little memory and says how far it is.

`AUDITED_PAYMENTS=20000 pytest tests/end_to_end/test_audit_of_many_payments.py -s` prints what so
many take.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dev.stack.stack import Stack
from tests.support.many_payments import copy_payment, wait_many
from tests.support.processes import REPOSITORY
from tests.support.shop import Shop

pytestmark = pytest.mark.proof

FIRST = 1_000
"""Enough that each page and window of the audit is full: what they take grows no further."""
PAYMENTS = int(os.environ.get("AUDITED_PAYMENTS", "8000"))
"""Beside the first. Many, as the allocators of one audit take up to 20 MB more than another's."""
BYTES_EACH = 10_000
"""At most; about 5,000 are taken."""

MEASURED = """
import re, sys
from pathlib import Path
from verification.audit.__main__ import main
code = main(sys.argv[2:])
most = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
Path(sys.argv[1]).write_text(str(int(most[1]) * 1024))
sys.exit(code)
"""
"""The audit, and its most memory. What `wait4` returns is at least this process's own."""


@dataclass(frozen=True)
class Done:
    """What an audit printed, its most memory in bytes, and its duration in seconds."""

    code: int
    out: str
    errors: str
    memory: int
    seconds: float


@pytest.fixture
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("many-payments")) as running:
        yield running


def test_many_waiting_payments_take_little_memory(own_stack: Stack, tmp_path: Path) -> None:
    shop = Shop(own_stack)
    id = shop.payment(shop.customer("pm_card_chargeDeclined"))
    payment = shop.await_payment(id, "awaiting_card")
    (intent,) = shop.charges(id)
    shop.await_mails(payment["customer_id"], "Your card did not pay: please update it")
    own_stack.stop("mailer")  # once it has recorded that the mail is sent
    shop.http.close()
    names = {id: "", payment["reference"]: "invoice-", intent["id"]: "pi_"}

    def wait_more(count: int) -> Done:
        ids = copy_payment(own_stack.folder, names, count)
        asyncio.run(wait_many(own_stack.temporal_address, ids))
        done = audited(own_stack, tmp_path)
        sys.stdout.write(
            f"audited in {done.seconds:.0f} s, with {done.memory / 1e6:.0f} MB at most\n"
            f"{done.errors}{done.out}"
        )
        assert done.code == 0, done.out
        return done

    few = wait_more(FIRST)
    assert f"{FIRST + 1} payments" in few.out
    many = wait_more(PAYMENTS)
    assert f"{FIRST + PAYMENTS + 1} payments" in many.out

    each = (many.memory - few.memory) / PAYMENTS
    sys.stdout.write(f"{each:.0f} bytes for each further payment\n")
    assert each < BYTES_EACH


def audited(stack: Stack, folder: Path) -> Done:
    begun = time.monotonic()
    memory = folder / "memory"
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(memory), "--mailbox", stack.mailbox_url],
        cwd=REPOSITORY,
        env=stack.client_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - begun
    return Done(done.returncode, done.stdout, done.stderr, int(memory.read_text()), seconds)
