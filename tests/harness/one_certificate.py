"""A single root certificate, for processes that make clients all the time: reading all of them takes 25 ms a client."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import certifi

VARIABLE = "SSL_CERT_FILE"
"""Where the libraries look for the file's name; no server of the tests has a certificate that anybody vouches for."""


@cache
def one_certificate() -> str:
    """Return the file of this process."""
    folder = Path(mkdtemp(prefix="groundswell-certificate-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "one.pem"
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----\n")
    file.write_text(first + end, encoding="utf-8")
    return str(file)
