"""Enrichment: from papers to features, one row a paper."""
