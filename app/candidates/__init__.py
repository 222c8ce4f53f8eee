"""The people who applied or were sourced."""
