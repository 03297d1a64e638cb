"""Test servers that stand in for the platforms: real HTTP on 127.0.0.1, each keeping a ledger of what it accepted."""
