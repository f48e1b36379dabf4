"""Terms that docs/glossary.md replaced do not come back.

Every tracked text file is scanned. A name that is stored or spoken (REST, histories, tables) may
keep an old word; each such name is allowed explicitly, with the reason.
"""

import re
import subprocess
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TEXT = {
    *(".py", ".md", ".ts", ".tsx", ".css", ".html", ".sh", ".conf", ".toml", ".yml", ".yaml"),
    *("", ".example", ".ini", ".mako", ".bpmn"),
}
EXCLUDED = (
    "docs/glossary.md",
    "tests/unit/test_words.py",
    "tests/unit/test_structure.py",
    "tests/verification/replay/histories/*",
    "tests/verification/replay/fingerprints/*",
    "storage/migrations/versions/*",
    "CHANGELOG*",
    "LICENSE",
)
"""The glossary and the two tests name the old words; histories and migrations are of the past."""

REPLACEMENTS = {
    # Identifiers.
    r"\bNONSENSE\b": "NON_RETRYABLE, or MALFORMED in tests",
    r"\bTHRIFT\b": "slowdown factor",
    r"\bLOCAL_PATIENCE\b": "local retry threshold",
    r"\b(?:\w+_)?PATIENCE(?:_\w+)?\b": "timeout",
    r"\bAgreement\b": "TermsSnapshot",
    r"\bto_its_end\b": "shielded",
    r"\bWitness(?:es|Error)?\b": "Source, SourceUnavailableError",
    r"\bBreach(?:es)?\b": "Violation",
    r"\bsound_world\b": "consistent_snapshot",
    r"\brecords_in_the_making\b": "builders",
    r"\bassert_sound\b": "assert_consistent",
    r"\bUnsoundError\b": "InvalidMeasurementError",
    r"\bErrand\b|\berrands?\b": "scenario",
    r"\bDeed\b|\bdeeds?\b": "action",
    r"\bDeck\b": "sampler",
    r"\b_?Gallows\b|\bgallows\b": "kill switch",
    r"\bArmory\b|\barmory\b": "failpoint registry",
    r"\bSendPoison\b|\bpoison(?:s|ed)?\b": "malformed signal",
    r"\b(?:open_)?[Tt]ill\(|\bTill\b": "test worker",
    r"\bOffice\b": "harness",
    r"\btake_new_key\b": "rotate_key",
    r"\bstop_using_key\b": "expire_key",
    r"\bkey_spent\b": "key_exhausted",
    r"\border_name\b|\bpayment_name\b": "order_workflow_id, payment_workflow_id",
    r"\blast_word\b": "retried without limit",
    r"\bletters\.py\b|\bdomain\.letters\b": "domain/mail_templates.py",
    r"\bparticulars\b": "details",
    r"\bdomain\.names\b|\bdomain\.forms\b": "domain.statuses, domain.field_types",
    r"\bCardProviderAwayError\b": "CardProviderUnavailableError",
    # Words.
    r"\b[Ee]rrands?\b": "scenario",
    r"\b[Ww]itness(?:es)?\b": "source",
    r"\b[Bb]reach(?:es)?\b": "violation",
    r"\b[Aa]way\b": "unavailable",
    r"\b[Dd]oors?\b": "authentication middleware, TCP proxy",
    r"\b[Cc]omes? to nothing\b": "is not fulfilled",
    r"\b[Tt]roubles?(?:\s+maker)?\b": "fault injection",
    r"\bPut everything right\b": "Reset all",
    r"\b[Aa]sk the audit\b": "Run the audit",
    r"\bHeld (?:from|on) the (?:card|account)\b": "Charged to card, Withdrawn from account",
    r"Nobody knows who asks": "Authentication required",
    r"There is no such thing": "Not found",
    r"Not a cent lost": "Financial consistency",
    r"Nobody in who (?:doesn't|does not) belong": "Access control",
    r"\bnobody but us\b": "a plain statement of who does it",
    r"\b(?:[Tt]|[Uu]nt)old\b": "notified, not yet notified, shown",
    r"\b[Hh]ear(?:s|d)?\b": "handles, receives",
    r"\b[Aa]sks? for\b": "requests, requires",
    r"\b[Cc]omes? to\b(?! nothing)": "results in, reaches",
}
"""Old word (a pattern), and what to say instead."""


@dataclass(frozen=True)
class Allowance:
    """A name with an old word that must stay, where it may appear, and why."""

    name: str
    reason: str
    files: str = "*"


ALLOWED = (
    Allowance(r"/?dev/troubles?\b[\w/{}-]*", "path of the REST API"),
    Allowance(r"\btroubles?(?=\")", "name of a REST field", "api/*"),
    Allowance(r"\btroubles?\b", "name of a REST field or of the page's folder", "web/*"),
    Allowance(r"\bdependency-away\b", "problem type of the REST API"),
    Allowance(r"\bdev_troubles\b", "operation id of the REST API"),
    Allowance(r"\"breaches\"|\bbreaches:", "value of the REST API's audit report"),
    Allowance(r"BREACHES = ", "value of the REST API's audit report", "api/dev/*"),
    Allowance(r"Verdict\.BREACHES", "value of the REST API's audit report", "*.py"),
    Allowance(r"\"agreement\"|\bagreement:", "input field in histories", "workflows/*"),
    Allowance(
        r"^    troubles: list.*$|\btroubles=\[", "field of the REST API", "api/dev/schemas.py"
    ),
    Allowance(r"\[\"troubles\"\]", "field of the REST API", "tests/*"),
    Allowance(
        r"\"told\"|`told`",
        "outcome of a webhook in the REST API",
    ),
    Allowance(r"_alias=\"untold\"", "field in histories", "activities/customer_cards.py"),
    Allowance(
        r"\"(?:refused-former-)?told-[\w{}-]+\"",
        "names of recorded histories",
        "tests/verification/replay/*",
    ),
    Allowance(r"\bone-away\b", "CSS class of others", "web/*"),
)

Finding = str


def findings(name: str, text: str) -> list[Finding]:
    """`file:line: word (say: replacement)` for each old word in the text of the file."""
    for allowance in ALLOWED:
        if fnmatch(name, allowance.files):
            text = re.sub(
                allowance.name, lambda found: "·" * len(found[0]), text, flags=re.MULTILINE
            )
    found: dict[tuple[int, str], str] = {}
    for pattern, instead in REPLACEMENTS.items():
        for match in re.finditer(pattern, text):
            line = text.count("\n", 0, match.start()) + 1
            found.setdefault((line, match[0]), instead)
    return [
        f"{name}:{line}: {word!r} (say: {instead})"
        for (line, word), instead in sorted(found.items())
    ]


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [
        name
        for name in done.stdout.splitlines()
        if Path(name).suffix in TEXT and not any(fnmatch(name, one) for one in EXCLUDED)
    ]


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """The text of each tracked file."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    return {
        name: (ROOT / name).read_text()
        for name in tracked()
        if (ROOT / name).is_file() and not (ROOT / name).is_symlink()
    }


def test_no_file_uses_a_replaced_word(files: dict[str, str]) -> None:
    found = [one for name, text in files.items() for one in findings(name, text)]
    assert not found, "\n".join([f"{len(found)} replaced words:", *found])


def test_no_file_name_uses_a_replaced_word(files: dict[str, str]) -> None:
    names = {"door", "letters", "particulars", "gallows", "armory", "errands", "deck", "witnesses"}
    assert not [name for name in files if Path(name).stem in names]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the provider is away", ["'away'"]),
        ("await_away = right_away", []),
        ("class Breach:\n    pass", ["'Breach'"]),
        ('POST /dev/troubles and "dependency-away"', []),
        ("PATIENCE_SECONDS = 1", ["'PATIENCE_SECONDS'"]),
        ("Nobody knows who asks.", ["'Nobody knows who asks'"]),
    ],
)
def test_words_are_told_from_names_that_stay(text: str, words: list[str]) -> None:
    found = findings("some/file.py", text)
    assert [one.split(": ")[1].split(" (say")[0] for one in found] == words


@pytest.mark.parametrize("allowance", ALLOWED, ids=lambda one: one.name)
def test_every_allowance_has_a_reason(allowance: Allowance) -> None:
    assert allowance.reason
