"""The web console: its door, its pages, what browsers see of it."""
