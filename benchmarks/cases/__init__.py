"""The work that is measured, a family of cases in each file.

A family has two functions: `cases`, everything that is to be timed, and `rows`, what the table says of it.
"""

from benchmarks.cases import asynchronous, cold_start, dense, growth, small, sparse, ticks

FAMILIES = (sparse, dense, small, ticks, asynchronous, growth, cold_start)
