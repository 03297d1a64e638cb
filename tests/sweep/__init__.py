"""The kill sweep: processes die between claiming and recording, start again, and another process's ledger judges."""
