"""Looking after collections: checked against themselves and the disk, repaired, exported."""
