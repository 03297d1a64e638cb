"""A campaign to begin with: what is asked of a person, and the files that are written of the answers."""
