"""Why there was no connection to a server, in words for whoever has to see to it."""

from __future__ import annotations

import socket
import ssl

MOST_CAUSES = 20
"""How deep errors are looked into; the libraries wrap them four or five times."""


def why_unreachable(error: BaseException) -> str:
    """Why a connection was never made, as far as the causes of an error tell; never a text that quotes the request."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not valid: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "no safe connection (TLS) can be made"
        if isinstance(cause, socket.gaierror):
            return "its name is not known (DNS)"
        if isinstance(cause, ConnectionRefusedError):
            return "nobody answers there: connection refused"
        if isinstance(cause, TimeoutError):
            return "it does not answer"
    return "no connection"


def _causes(error: BaseException) -> list[BaseException]:
    """An error and all it was made of: the libraries keep causes in contexts, arguments and `reason`."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < MOST_CAUSES:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and all(one is not other for other in found):
            found.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found
