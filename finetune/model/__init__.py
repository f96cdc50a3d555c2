"""The network that is trained: base, LoRA, optimiser, losses, device and memory."""
