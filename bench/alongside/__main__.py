"""`python -m bench.alongside noop|row|workflow PORT FOLDER SECRET`: runs one alternative server until it is stopped."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from bench.alongside.designs import DESIGNS


def main() -> None:
    name, port, folder, secret = sys.argv[1:]
    app = DESIGNS[name](Path(folder), secret.encode())
    uvicorn.run(app, port=int(port), log_config=None, access_log=False)


if __name__ == "__main__":
    main()
