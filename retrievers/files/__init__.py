"""Files of the home and of users: opened safely, written whole."""
