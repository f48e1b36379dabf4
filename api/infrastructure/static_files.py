"""The web page at `/`: the files that `python -m web.build` builds from web/."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles

DIST = Path(__file__).parents[2] / "web" / "dist"

ASSETS = "/assets"

_MISSING = """\
The web page is not built: the build needs Node.js 20.19 or newer. With Node.js on the PATH,
`make run` builds the page, or `make web` while the system runs; then reload. If a build fails, it
prints why.

Everything else works without the page: the API is described at /docs.
"""


def install(app: FastAPI, folder: Path) -> None:
    """Serve the page from `folder` as soon as that exists."""

    @app.get("/", include_in_schema=False)
    async def index() -> Response:  # pyright: ignore[reportUnusedFunction] - a route
        return _index(folder / "index.html")

    app.mount(ASSETS, _Assets(directory=folder / "assets", check_dir=False))


def _index(file: Path) -> Response:
    """Reads the file, which is small, without the detour over a thread."""
    try:
        # The next release has assets with other names.
        return HTMLResponse(file.read_bytes(), headers={"Cache-Control": "no-cache"})
    except OSError:
        return PlainTextResponse(_MISSING, 503)


class _Assets(StaticFiles):
    """The name of each file contains a hash of its content, which therefore never changes."""

    async def check_config(self) -> None:
        """Accept a missing folder: the page may be built later."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
