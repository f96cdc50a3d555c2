"""`dialens finetune` and `dialens feedback`, as they are seen in a terminal."""
