"""Commands that measure, one file each."""
