"""`dialens eval` and `dialens grid`: benchmarks, own pictures, comparisons."""
