"""What candidates wrote afterwards, and the milestones they report."""
