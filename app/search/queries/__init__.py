"""Looking up who is found, and what is shown of why."""
