"""A yes before every reshare: the rules, the people, and what speaks against it."""
