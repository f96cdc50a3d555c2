"""`dialens demo`: see it work."""
