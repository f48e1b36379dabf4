"""`uv run orders`: uv runs a folder that has this file. Python then looks for modules in the
folder itself, and has to be told where the package is.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parent.parent)

from orders.app import main  # noqa: E402  found now

if __name__ == "__main__":
    sys.exit(main())
