"""The whole campaign on a simulated clock and embedded platforms."""
