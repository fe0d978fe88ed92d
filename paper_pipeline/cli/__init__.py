"""The command line, `paper-pipeline`."""
