"""The store as a whole: backups, moves, checks, and stores that are not what they were."""
