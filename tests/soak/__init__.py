"""Simulated days on real servers: thousands of posts, and each video is seen once, and nothing leaves without a yes."""
