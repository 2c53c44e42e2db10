"""`python -m action`: the same as the Action's step."""

import sys

from action.runner.main import main

sys.exit(main())
