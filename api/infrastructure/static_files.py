"""The web page at `/`: the files that `python -m web.build` builds from web/."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from api.errors import PageNotBuiltError

DIST = Path(__file__).parents[2] / "web" / "dist"

ASSETS = "/assets"


def install(app: FastAPI, folder: Path) -> None:
    """Serve the page from `folder` as soon as that exists."""

    @app.get("/", include_in_schema=False)
    async def index() -> Response:  # pyright: ignore[reportUnusedFunction] - a route
        return _index(folder / "index.html")

    app.mount(ASSETS, _Assets(directory=folder / "assets", check_dir=False))


def _index(file: Path) -> Response:
    """Reads the file, which is small, without the detour over a thread.

    Raises `PageNotBuiltError`.
    """
    try:
        # The next release has assets with other names.
        return HTMLResponse(file.read_bytes(), headers={"Cache-Control": "no-cache"})
    except OSError:
        raise PageNotBuiltError from None


class _Assets(StaticFiles):
    """The name of each file contains a hash of its content, which therefore never changes."""

    async def check_config(self) -> None:
        """Accept a missing folder: the page may be built later."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send whole files only: Starlette refuses odd ranges in words of its own."""
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Accept-Ranges"] = "none"
        return response
