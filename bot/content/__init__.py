"""What people wrote, read from `messages/` and `schedules/` and turned into the posts it asks for."""
