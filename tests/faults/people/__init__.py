"""People who edit, hold, cancel, stop and undo at every point of sending, and the ledger as their judge."""
