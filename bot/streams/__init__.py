"""Streams: what is listened to, so that posts are found within a second; nothing depends on them."""
