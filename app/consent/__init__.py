"""What candidates allow, and when their clock stands still."""
