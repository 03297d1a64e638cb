"""`bot rehearse`: the command, what it shows while it plays, and what came of it."""
