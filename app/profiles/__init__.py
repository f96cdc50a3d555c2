"""Profiles on this machine: which one a new collection takes, which fit, and what stands behind."""
