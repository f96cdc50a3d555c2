"""The words of nine languages that stand in slots, and their English: a text file for each."""
