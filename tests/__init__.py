"""Tests: `test_x.py` mirrors `x.py`."""
