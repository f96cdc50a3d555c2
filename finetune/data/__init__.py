"""What training data has in common: columns, splits, a first part to try with."""
