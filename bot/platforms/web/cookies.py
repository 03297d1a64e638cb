"""No cookies: we want to be nobody's regular, and one that holds odd letters would spoil every later request."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy


def none_kept() -> CookieJar:
    """A jar that stays empty."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))
