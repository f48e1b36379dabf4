"""`python -m api.export_openapi FILE`: writes the OpenAPI document that the page's types are
made from.
"""

import json
import sys
from pathlib import Path

from api.app import create_app
from config import Auth, Settings


def main() -> None:
    """With everything that is there in development mode; nothing is connected to."""
    [file] = sys.argv[1:]
    settings = Settings(development_mode=True, auth=Auth.NONE, api_host="127.0.0.1")
    target = Path(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(create_app(settings).openapi(), indent=1) + "\n")


if __name__ == "__main__":
    main()
