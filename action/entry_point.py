"""Enter the Action's steps: run by path in isolated mode, so that nothing of the user's Python gets in."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from action.runner import handover

if __name__ == "__main__":
    given = handover.environment()
    from action.runner.step import main

    sys.exit(main(given))
