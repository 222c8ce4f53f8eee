"""What is left of a root that is gone, so that others who keep a copy let it go too."""
