"""One change of many candidates at once."""
