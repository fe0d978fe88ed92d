"""The former name of paper_pipeline.reader.corpus: works for one more release, with a warning."""

import warnings
from typing import Any

from paper_pipeline.reader import corpus


def __getattr__(name: str) -> Any:
    found = getattr(corpus, name)
    warnings.warn(
        f"paper_pipeline.corpus is now paper_pipeline.reader.corpus; import {name} from there, "
        "as the former name goes with the next release",
        FutureWarning,
        stacklevel=2,
    )
    return found
