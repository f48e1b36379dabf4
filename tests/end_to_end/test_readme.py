"""The README's curl lines work as pasted."""

import re
import subprocess

from dev.stack.stack import Stack
from tests.support.processes import REPOSITORY


def test_the_story_by_hand_works_as_pasted(stack: Stack) -> None:
    [block] = re.findall(r"```bash\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    here = block.replace("http://127.0.0.1:8000", stack.api_url)
    assert here != block

    pasted = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", here],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert pasted.returncode == 0, pasted.stderr
    streamed = re.findall(r"^event: (\w+)", pasted.stdout, re.MULTILINE)
    assert streamed == [
        "OrderPlaced",
        "PaymentReceived",
        "GoodsFetched",
        "GoodsShipped",
        "OrderFulfilled",
    ]
    happened = re.findall(r'"type":"(\w+)"', pasted.stdout.splitlines()[-1])
    assert happened == [
        "PaymentRequested",
        "AmountWithdrawn",
        "PaymentPartlyCovered",
        "CreditCardFailed",
        "CustomerReminded",
        "CustomerReminded",
        "CreditCardDetailsUpdated",
        "CreditCardCharged",
        "PaymentReceived",
    ]
