"""What goes wrong on the wire, and what becomes of a delivery then: the servers' ledgers are the judges."""
