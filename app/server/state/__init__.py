"""What all routes of one server share: open collections, open sessions, worker pool."""
