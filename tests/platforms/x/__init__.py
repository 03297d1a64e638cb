"""The X adapter over real HTTP against the strict simulator, whose ledger is the judge."""
