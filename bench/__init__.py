"""The measured claims: `python -m bench` prints every figure beside its goal. See `bench/__main__.py`."""
