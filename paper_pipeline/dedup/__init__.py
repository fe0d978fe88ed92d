"""Stage 3, dedup: records of the same intellectual work become one paper with one golden record.

block keys -> candidate pairs -> match decisions -> clusters -> survivorship, each a pure function.
"""
