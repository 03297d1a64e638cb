"""What was planned, sent and seen, in SQL: enough to recover from after any death."""
