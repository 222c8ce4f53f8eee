"""`python -m app.cli` is `firstinline`."""

from app.cli import main

main()
