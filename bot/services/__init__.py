"""What Groundswell does, each verb in its own room; everything is handed in, the clock too."""
