"""Finding people by what is written of them: names, addresses, tags, advice, follow-ups."""
