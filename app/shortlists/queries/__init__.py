"""Looking: states, positions, rankings, what is told of an entry, and lists as they were frozen."""
