"""What runs several stages at once, without Dagster."""
