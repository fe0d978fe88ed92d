"""The lake: raw dumps, working tables, and what each table promises."""
