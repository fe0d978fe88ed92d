"""Stage 2, clean: the bytes of a dump become records, or quarantined entries with a named rule."""
