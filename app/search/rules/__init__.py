"""What a word is, what a query asks for, what of a text is shown. Pure."""
