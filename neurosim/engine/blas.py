"""Where the BLAS that scipy brings keeps its matrix product, for kernels to call."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np


@lru_cache(maxsize=2)
def gemm_address(dtype: np.dtype[Any]) -> int:
    """The address of `sgemm` or `dgemm`.

    Parameters
    ----------
    dtype : numpy.dtype
        float32 or float64.
    """
    from numba.extending import get_cython_function_address

    name = "sgemm" if dtype == np.float32 else "dgemm"
    address: int = get_cython_function_address("scipy.linalg.cython_blas", name)
    return address
