"""What fine-tuning leaves behind, opened by path: encoders, maps and adapters."""
