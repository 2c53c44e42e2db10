"""Log lines are JSON and contain no secrets."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from app import logs

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3\n-----END RSA PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "secret",
    [
        "hunter2-hunter2",
        KEY,
        KEY.splitlines()[1],
        "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
        "github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI3In0.c2lnbmF0dXJlLW9mLWl0",
        "Bearer abcdefghijklmnopqrstuvwxyz",
        "postgresql://hotfix:correct-horse@db/hotfix",
    ],
)
def test_no_form_of_a_secret_gets_through(secret: str) -> None:
    out = io.StringIO()
    logs.configure(["hunter2-hunter2", KEY], stream=out)
    structlog.get_logger().info("ours", value=secret, nested={"in": [secret]})
    logging.getLogger("theirs").warning("theirs %s", secret)
    try:
        raise ValueError(f"it was {secret}")
    except ValueError:
        structlog.get_logger().error("failed", exc_info=True)
        logging.getLogger("theirs").exception("failed")
    for line in out.getvalue().splitlines():
        json.loads(line)
    for part in ("hunter2", "MIIEpAIBAAKCAQEA0Z3", "ghs_16", "github_pat_", "eyJ", "abcdefghijk", "correct-horse"):
        assert part not in out.getvalue()


def test_ordinary_words_stay() -> None:
    scrub = logs.scrubber(["s3cr3t-of-ours", "x"])
    line = '{"event": "verdict", "sha": "0123456789abcdef0123456789abcdef01234567", "url": "https://github.com/a/b"}'
    assert scrub(line) == line
