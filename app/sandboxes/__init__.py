"""Organizations to try things in: with the story in them, and a clock that can be moved."""
