"""What the recipes train on the offline encoder reads its networks once."""

from tests.offline_networks import networks_read_once

__all__ = ["networks_read_once"]
