"""Every combination of stages on the same questions."""
