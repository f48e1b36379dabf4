"""`python -m verification.audit`: checks all orders and payments.

Exits with 0 if all rules hold, with 1 if there are violations or unsettled findings (one line
each), and with 2 if a setting is invalid or a source can't be read. The settings are those of the
processes; see `config`. If there is much to read, stderr says every few seconds how far it is.
"""

import argparse
import logging
import os
import sys
from pathlib import Path

from config import read_settings
from config.arguments import http_url, number
from verification.audit.auditor import SETTLING_SECONDS, Report, audit
from verification.audit.progress import log
from verification.audit.sources import Sources
from verification.audit.violation import SourceUnavailableError

CONSISTENT, VIOLATIONS, UNREADABLE = 0, 1, 2
MAILBOX_PORT = 8104
LONGEST_SETTLING = 86_400
"""Seconds."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(format="audit: %(message)s")
    log.setLevel(logging.INFO)
    try:
        settings = read_settings()
    except SystemExit as refusal:
        sys.stderr.write(f"{refusal}\n")
        return UNREADABLE
    try:
        report = audit(Sources.of(settings, given.mailbox), given.receipts, given.patience)
    except SourceUnavailableError as error:
        sys.stderr.write(f"{error}\n")
        return UNREADABLE
    for violation in report.violations:
        sys.stdout.write(f"{violation}\n")
    for violation in report.unsettled:
        sys.stdout.write(f"not settled: {violation}\n")
    for dispute in report.disputed:
        sys.stdout.write(f"disputed: {dispute}\n")
    for payment in report.parked:
        sys.stdout.write(f"parked: {payment}\n")
    sys.stdout.write(f"{_summary(report)}: {report.checked}\n")
    return VIOLATIONS if report.violations or report.unsettled else CONSISTENT


def _summary(report: Report) -> str:
    found = len(report.violations)
    if found:
        return f"{found} violation{'' if found == 1 else 's'}"
    if report.unsettled:
        return f"no lasting violation, but {len(report.unsettled)} findings did not settle"
    return "no violations"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m verification.audit")
    parser.add_argument(
        "--receipts",
        type=Path,
        help="file of the requests that were accepted; see verification/audit/receipts.py",
    )
    parser.add_argument(
        "--mailbox",
        type=http_url,
        default=f"http://127.0.0.1:{os.environ.get('MAILBOX_PORT', MAILBOX_PORT)}",
        help="URL of the mailbox (default: %(default)s)",
    )
    parser.add_argument(
        "--patience",
        type=number(0, LONGEST_SETTLING),
        default=SETTLING_SECONDS,
        help="seconds a rule must be violated without interruption to count (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
