"""Embedded networks: what `bot rehearse` and accounts with `platform = "rehearsal"` publish to, without any network."""
