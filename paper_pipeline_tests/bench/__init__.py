"""Benchmarks: speed and memory as ratios against something run at the same time. Not tests."""
