"""Array types used in signatures. Shapes are stated in docstrings."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.uint32]
Shares: TypeAlias = NDArray[np.uint16]
"""Shares of a whole, in 1/65535."""
Bools: TypeAlias = NDArray[np.bool_]
Raw: TypeAlias = NDArray[Any]
"""Wire values in the wire's own integer type."""
