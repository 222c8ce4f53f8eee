"""Thinking: what may be recorded, how it is dated, how a history reads."""
