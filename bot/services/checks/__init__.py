"""What would go wrong, told before it does."""
