"""The web page at `/`: the files that `python -m web.build` makes of web/."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles

DIST = Path(__file__).parents[2] / "web" / "dist"

ASSETS = "/assets"

_MISSING = """\
The web page is not built: that needs Node.js 20.19 or newer. With it on the PATH, `make run` builds
the page, or `make web` while the system runs; then reload. If they can't, they say what is missing.

Everything else runs without: the API is described at /docs.
"""


def install(app: FastAPI, folder: Path) -> None:
    """Have `app` serve the page from `folder`, as soon as it is there."""

    @app.get("/", include_in_schema=False)
    def index() -> Response:  # pyright: ignore[reportUnusedFunction] - a route
        file = folder / "index.html"
        if not file.is_file():
            return PlainTextResponse(_MISSING, 503)
        # Its assets have other names in the next release.
        return FileResponse(file, headers={"Cache-Control": "no-cache"})

    app.mount(ASSETS, _Assets(directory=folder / "assets", check_dir=False))


class _Assets(StaticFiles):
    """Each has a hash of its content in its name: what is there once never changes."""

    async def check_config(self) -> None:
        """The folder may still come: until then there is nothing in it."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
