"""The adapters, each against a server that judges it."""
