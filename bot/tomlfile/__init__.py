"""Reads the files people write: TOML and text from any bytes, with the line of everything in them."""

from bot.tomlfile.lines import Keys, locate
from bot.tomlfile.reading import Document, parse, read, read_text
from bot.tomlfile.table import Table

__all__ = ["Document", "Keys", "Table", "locate", "parse", "read", "read_text"]
