"""Enter the Action's steps: run by path in isolated mode, so that nothing of the user's Python gets in."""

import atexit
import gc
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from action.runner import handover

if __name__ == "__main__":
    given = handover.environment()
    gc.set_threshold(100_000, 20, 100)  # to collect what imports make, which all stays, is a fifth of a step's start
    atexit.register(gc.freeze)  # nor is it collected when the process ends
    from action.runner.step import main

    sys.exit(main(given))
