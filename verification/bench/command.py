"""How the commands of the benchmarks end."""

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil

from clients.errors import ApiError
from dev.stack import StackError
from verification.bench.errors import InvalidMeasurementError


def exit_code(name: str, measure: Callable[[Path], None]) -> int:
    """Have `measure` use a temporary folder, named after the benchmark; 0 if the result is valid.

    If it is not, 1 after the reason on stderr, and the folder stays with its logs. 130 for Ctrl-C.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    try:
        measure(folder)
    except (StackError, InvalidMeasurementError, ApiError, psutil.NoSuchProcess) as error:
        print(f"{error}\nThe logs are in {folder / 'logs'}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        code = 130
    else:
        code = 0
    shutil.rmtree(folder)
    return code
