"""The worker: when to call which service; the only place that asks the system clock."""
