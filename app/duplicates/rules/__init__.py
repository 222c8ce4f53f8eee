"""Thinking about duplicates: whose word stands, what is the same, who may be the same person."""
