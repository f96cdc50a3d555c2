"""Where the `dialens` command starts: nothing is read before Ctrl-C is heard."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Read the command line's code and run it, see `app.cli.main`."""
    try:
        from app.cli import main as run

        run()
    except KeyboardInterrupt:  # while code was read, before or after a command's own door
        sys.stderr.write("dialens: stopped\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
