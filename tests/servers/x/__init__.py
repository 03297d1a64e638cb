"""A strict simulator of X's API v2 for tests: a real HTTP server in its own process, held by `handle.XSimulator`."""
