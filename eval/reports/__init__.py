"""Figures of runs as tables and plots, with published ones beside them."""
