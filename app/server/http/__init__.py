"""Parts of HTTP: server-sent events, ranges, HEAD, downloads and files sent."""
