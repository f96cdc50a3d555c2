"""Opening the encoders of collections in the way that is fastest on this machine."""
