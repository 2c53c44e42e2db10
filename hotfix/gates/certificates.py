"""The certificate authorities that requests over HTTPS trust."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def trusted_certificates() -> ssl.SSLContext:
    """Return the trusted authorities. They are read once per process, since that takes longer than a request."""
    return httpx.create_ssl_context()
