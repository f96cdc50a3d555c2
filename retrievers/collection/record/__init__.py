"""What is said of one picture of a collection, and how it comes together."""
