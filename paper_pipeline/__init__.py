"""Turns saved Hugging Face Daily Papers listings into one deduplicated corpus of papers."""
