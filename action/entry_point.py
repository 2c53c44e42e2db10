"""The entry point of the Action's steps, run by path in isolated mode so that the user's Python has no influence."""

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from action.runner import secret_variables

if __name__ == "__main__":
    given = secret_variables.environment()
    # Imported here, because the process may just have replaced itself.
    from hotfix import short_process

    short_process.prepare()
    # Imported here, because deep in a chain of imports Python 3.11 allocates stack memory again for each call.
    importlib.import_module("requests")
    from action.runner.step import main

    sys.exit(main(given))
