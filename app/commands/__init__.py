"""The commands. Each file reads its arguments; what does the work is imported when it is called."""
