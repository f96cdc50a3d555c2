"""What needs a GPU: run, held against the CPU, and told in one table (`make gpu-check`)."""
