"""Letters, encodings and display of texts from anywhere."""
