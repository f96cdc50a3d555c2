"""Pictures that a server shows, takes in, or fetches from elsewhere."""
