"""What text is made of, where a law is tried on any text."""

from hypothesis import strategies as st

# The same as Hypothesis's own default, whose table takes five seconds in a checkout that is new.
LETTERS = st.characters(exclude_categories=["Cs"])
TEXT = st.text(LETTERS)
