"""One training: plan, loop, schedule, checkpoint, log, folder and card."""
