"""`bot.toml` as frozen values: everything it says is checked in one pass, and secrets stay where they are."""
