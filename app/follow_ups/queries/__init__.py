"""Looking: follow-ups with all that hangs on them, what they point at, and timelines."""
