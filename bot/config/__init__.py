"""`bot.toml` as frozen values: everything it says is checked in one pass, and secrets stay where they are."""

from bot.config.login import Login, keep_login, kept_login, login_handle, secret_gap, secret_of
from bot.config.reading import load, read, survey
from bot.config.secrets import Secret, SecretError, secret

__all__ = [
    "Login",
    "Secret",
    "SecretError",
    "keep_login",
    "kept_login",
    "load",
    "login_handle",
    "read",
    "secret",
    "secret_gap",
    "secret_of",
    "survey",
]
