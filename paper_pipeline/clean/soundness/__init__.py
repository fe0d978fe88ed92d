"""Soundness: what a dump looks like in numbers, and whether it looks like those before it.

Data flow: the records of a dump -> DumpProfile; a profile and those before it -> findings.

A profile follows from the records of its dump alone, so it is made once and is small. It is judged
against a window of profiles of the same kind (format and layout), or, while there are too few of
them, against what is usual in real pages (`Measure.usual`). How profiles are kept and how findings
are shown belongs in the wiring; how long the list of a day should be, and whether a new answer for
a day is much shorter than the last, in quality/ and in the stage acquire.

Modules in the order of the flow: measures.py, profiles.py, assessment.py, update.py.
"""
