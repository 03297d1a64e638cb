"""What people wrote: `bot.toml`, `messages/` and `schedules/`, read whole, with every fault and its line."""
