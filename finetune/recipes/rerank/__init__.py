"""The second stage, trained: BLIP-2's Q-Former, or an MLLM that picks or says yes and no."""
