"""The command line: thin, each command about ten lines; what a command does not need is not loaded for it."""
