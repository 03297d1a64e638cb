"""Protecting who posted: taking back, forgetting, looking again, and letting expire."""
