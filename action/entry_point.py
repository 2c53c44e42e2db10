"""The entry point of the Action's steps, run by path in isolated mode so that the user's Python has no influence."""

import atexit
import gc
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from action.runner import secret_variables

if __name__ == "__main__":
    given = secret_variables.environment()
    gc.set_threshold(100_000, 20, 100)  # collecting imported objects, which all stay, takes a fifth of the start
    atexit.register(gc.freeze)  # skip collection at exit
    from action.runner.step import main

    sys.exit(main(given))
