"""Stage 5, release: the corpus as it stands, frozen under a number that can be cited."""
