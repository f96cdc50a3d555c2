"""What long work shares: cancellation, signals, and reading ahead in threads."""
