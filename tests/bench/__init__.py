"""Timings of the real programs, each beside the limit that the same machine sets in the same run: `make bench`."""
