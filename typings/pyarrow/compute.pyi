"""Any, as pyarrow/__init__.pyi says."""

from typing import Any

def __getattr__(name: str) -> Any: ...
