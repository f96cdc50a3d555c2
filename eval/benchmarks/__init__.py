"""Datasets with their protocols: what is asked, of which pictures, and what counts as right."""
