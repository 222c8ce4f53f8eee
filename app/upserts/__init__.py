"""Rows by what other systems call them: put one at a time, or a thousand at once."""
