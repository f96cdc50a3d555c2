"""What goes over the wire: requests, responses, errors, cursors, and the server's settings."""
