"""`python -m tests.verification.bugs.killed_worker tests.verification.bugs.MODULE:BUG …`: bugs
and failpoints together.
"""

import sys

from tests.verification.bugs.worker import plant
from verification.chaos.worker import main

if __name__ == "__main__":
    plant(sys.argv[1:])
    sys.exit(main())
