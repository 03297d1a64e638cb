"""X, through its API v2: writes with tweepy, media and answers read by hand, every call billed."""
