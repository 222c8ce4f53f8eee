"""What comes in from outside: one small folder for each source.

A source reads what its sender wrote into frozen values (no database), and its actions turn those
values into the same verbs that a person's call uses.
"""
