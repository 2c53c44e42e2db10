"""The service: it receives webhooks, queues jobs durably and publishes verdicts.

`web` receives webhooks and serves the pages, `queue` stores and runs jobs, `tasks` holds the functions of the jobs,
`notify` sends messages to other services, and `storage` holds the tables. `main` assembles them; `settings`, `logs`,
`metrics` and `memory` configure the process. The service imports `hotfix`, never `action`.
"""

import sys

_rich = sys.modules.get("rich")
# structlog imports rich, if installed, for human-readable logs. The service logs JSON and starts faster without it.
sys.modules["rich"] = None  # type: ignore[assignment]
try:
    import structlog as _structlog  # noqa: F401
finally:
    del sys.modules["rich"]
    if _rich is not None:
        sys.modules["rich"] = _rich
