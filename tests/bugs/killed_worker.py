"""`python -m tests.bugs.killed_worker tests.bugs.MODULE:BUG …`: bugs and failpoints together."""

import sys

from chaos.worker import main
from tests.bugs.worker import plant

if __name__ == "__main__":
    plant(sys.argv[1:])
    sys.exit(main())
