"""Run as a program: llama.cpp's own server on loopback, until killed; prints its address."""

import sys
from time import sleep

import xllamacpp


def main() -> None:
    model, mmproj = sys.argv[1:]
    params = xllamacpp.CommonParams()
    params.model.path, params.mmproj.path = model, mmproj
    params.n_ctx, params.n_parallel = 4096, 2
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.port, params.hostnames = 0, ["127.0.0.1"]
    params.warmup, params.ui, params.verbosity = False, False, 0
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    while True:
        sleep(60)


if __name__ == "__main__":
    main()
