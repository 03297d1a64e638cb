"""`bot plan`: the command, and the planned posts as a calendar, in full, as a page and as a table."""
