"""The certificate authorities trusted for HTTPS requests."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def trusted_certificates() -> ssl.SSLContext:
    """Return the trusted authorities, loaded once per process since that takes longer than a request."""
    return httpx.create_ssl_context()
