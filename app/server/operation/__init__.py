"""A server at work: its worker pool, telemetry, sockets, slow clients, and its end."""
