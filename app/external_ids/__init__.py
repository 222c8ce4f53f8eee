"""What other systems call our rows."""
