"""One conversation about a collection: the session, its file, what it says and exports."""
