"""When each approved reshare goes out, and why then."""
