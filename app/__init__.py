"""The doors: command line, and pages written to disk."""
