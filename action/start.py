"""Where the Action's Python begins: run by path in isolated mode, so that nothing of the user's Python gets in."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from action.runner.main import main

if __name__ == "__main__":
    sys.exit(main())
