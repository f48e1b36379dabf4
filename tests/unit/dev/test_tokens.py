"""`python -m dev.tokens`: tokens for one's own machine."""

import stat
import subprocess
import sys
from pathlib import Path

from api.auth.jwt import TokenVerifier
from api.auth.scopes import Scope
from tests.integration.api.matrix import settings
from tests.support.processes import REPOSITORY


def mint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the command says."""
    return subprocess.run(
        [sys.executable, "-m", "dev.tokens", *arguments],
        cwd=REPOSITORY,
        env={"DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_a_customers_and_the_operators(tmp_path: Path) -> None:
    folder = tmp_path / "tokens"
    kermits = mint(tmp_path, "--customer", "kermit")
    mode = stat.S_IMODE((folder / "key.pem").stat().st_mode)
    assert mode == 0o600
    less = mint(tmp_path, "--customer", "kermit", "--scope", "orders:read", "dev", "--hours", "0.1")
    operators = mint(tmp_path)
    assert f"AUTH=jwt JWT_KEYS={folder}/jwks.json " in kermits.stderr
    tokens = TokenVerifier(settings(folder))
    caller = await tokens.caller(kermits.stdout.strip())
    assert (caller.owner, caller.scopes) == (
        "kermit",
        {"orders:read", "orders:write", "cards:write"},
    )
    caller = await tokens.caller(less.stdout.strip())
    assert (caller.owner, caller.scopes) == ("kermit", {"orders:read", "dev"})
    caller = await tokens.caller(operators.stdout.strip())
    assert (caller.owner, caller.scopes) == (None, set(Scope))
    assert {file.name for file in folder.iterdir()} == {"key.pem", "jwks.json"}
    assert "PRIVATE" not in (folder / "jwks.json").read_text()
    assert '"d"' not in (folder / "jwks.json").read_text()


def test_an_unknown_scope(tmp_path: Path) -> None:
    refused = mint(tmp_path, "--customer", "kermit", "--scope", "everything")
    assert refused.returncode == 2
    assert "orders:read" in refused.stderr
