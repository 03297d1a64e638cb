"""Groundswell posts a campaign's day of action on Mastodon and X and reshares solidarity videos."""

__version__ = "0.1.0"
