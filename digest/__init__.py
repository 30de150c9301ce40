"""Paperround: a digest of the papers that are new since the last listing."""

__version__ = "0.1.0"
