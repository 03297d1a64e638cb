"""The certificates by which servers are believed."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache

import certifi


@lru_cache(maxsize=1)
def shared_ssl_context() -> ssl.SSLContext:
    """Return the one of all clients: reading all the certificates takes 20 to 60 ms, and a megabyte.

    They are certifi's, unless `SSL_CERT_FILE` or `SSL_CERT_DIR` name others, as OpenSSL's own programs have it.
    """
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file or not folder:
        return ssl.create_default_context(cafile=file or certifi.where())
    return ssl.create_default_context(capath=folder)
