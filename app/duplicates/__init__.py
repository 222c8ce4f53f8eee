"""Two records of one person: finding them, and making them one."""
