"""First in Line: who was turned down, what they did since, and who is first in line."""
