"""Looking at two candidates of whom one may be the other."""
