"""Adapters: one room for each platform, all behind the one door that `base` describes."""
