"""`bot.toml` as frozen values: everything it says is checked in one pass, and secrets stay where they are."""

from bot.config.login import login_file, save_login
from bot.config.reading import load, read, survey
from bot.config.secrets import Secret, SecretError, secret, secret_of

__all__ = ["Secret", "SecretError", "load", "login_file", "read", "save_login", "secret", "secret_of", "survey"]
