"""A release as it lies on disk: what the stage that writes it and its readers both need."""
