"""TOML with the line of every key, and what to write for the likeliest slips."""
