"""`bot review`: the posts that wait for a person, on the whole screen."""
