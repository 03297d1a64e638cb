"""The one door out, and what is on the way through it."""
