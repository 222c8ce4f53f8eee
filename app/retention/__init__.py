"""What to forget, and when: erasure over every room."""
