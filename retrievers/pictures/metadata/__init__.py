"""What is said of a picture by its file, the file's name and the files beside it."""
