"""What can be evaluated: encoders, pipelines, classes of one's own."""
