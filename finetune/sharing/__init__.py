"""A finished adapter: merged into its base, or pushed to the hub."""
