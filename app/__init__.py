"""Run the service: webhooks in, durable jobs, verdicts out.

`web` receives, `queue` keeps and runs the jobs, `tasks` are the jobs' functions, `storage` holds the tables. `main`
assembles them; `settings`, `logs`, `metrics` and `memory` belong to the process. It imports `hotfix`, never `action`.
"""

import sys

_rich = sys.modules.get("rich")
# structlog loads rich, if it is there, for logs that people read. Ours are JSON: without it the start takes less time.
sys.modules["rich"] = None  # type: ignore[assignment]
try:
    import structlog as _structlog  # noqa: F401
finally:
    del sys.modules["rich"]
    if _rich is not None:
        sys.modules["rich"] = _rich
