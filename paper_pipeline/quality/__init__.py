"""Quality: contracts, checks and what they found; the scorecard."""
