"""The running server: many people, hostile requests, and what its doors and page cost."""
