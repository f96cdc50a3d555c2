"""What loading any network shares: weights on this disk, devices, options, one lock each."""
