"""`python -m verification.audit`: exits with 0 if nothing is wrong, with 1 naming each breach
and what did not
settle, and with 2 if a witness can't be read. Settings are those of the processes; see `config.py`.
"""

import argparse
import os
import sys
from pathlib import Path

from config import Settings
from verification.audit.auditor import PATIENCE_SECONDS, Report, audit
from verification.audit.sources import Sources
from verification.audit.violation import WitnessError

SOUND, BREACHES, UNREADABLE = 0, 1, 2
MAILBOX_PORT = 8104


def main(arguments: list[str] | None = None) -> int:
    """The exit status."""
    given = _parser().parse_args(arguments)
    try:
        report = audit(Sources.of(Settings(), given.mailbox), given.receipts, given.patience)
    except WitnessError as error:
        sys.stderr.write(f"{error}\n")
        return UNREADABLE
    for breach in report.breaches:
        sys.stdout.write(f"{breach}\n")
    for breach in report.unsettled:
        sys.stdout.write(f"not settled: {breach}\n")
    sys.stdout.write(f"{_verdict(report)}: {report.checked}\n")
    return BREACHES if report.breaches or report.unsettled else SOUND


def _verdict(report: Report) -> str:
    found = len(report.breaches)
    if found:
        return f"{found} breach{'' if found == 1 else 'es'}"
    if report.unsettled:
        return f"no breach lasted, but {len(report.unsettled)} findings did not settle"
    return "nothing is wrong"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m verification.audit")
    parser.add_argument(
        "--receipts",
        type=Path,
        help="what clients were told is accepted; see verification/audit/receipts.py",
    )
    parser.add_argument(
        "--mailbox",
        default=f"http://127.0.0.1:{os.environ.get('MAILBOX_PORT', MAILBOX_PORT)}",
        help="URL of the mailbox (default: %(default)s)",
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=PATIENCE_SECONDS,
        help="seconds for what is on its way to arrive (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
