"""Stage 1, acquire: pages arrive and their bytes are kept, unchanged, before being read."""
