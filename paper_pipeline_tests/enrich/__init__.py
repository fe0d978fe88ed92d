"""Tests of paper_pipeline.enrich."""
