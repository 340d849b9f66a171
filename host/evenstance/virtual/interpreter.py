"""Becomes the MicroPython process of the virtual board; run as a program, standard library only.

Takes the terminal on standard input as its controlling terminal, so that Ctrl-C sent over the
serial line interrupts the running firmware as it does on a Pico.
"""

import fcntl
import os
import shutil
import sys
import termios


def main() -> None:
    """Take the controlling terminal, then run the interpreter with the arguments given."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    arguments = ["micropython", *sys.argv[1:]]
    try:
        import micropython_run  # type: ignore[import-not-found]
    except ImportError:
        program = shutil.which("micropython")
        if program is None:
            sys.exit(127)
        os.execv(program, arguments)
    micropython_run.run_main(arguments)  # pyright: ignore[reportUnknownMemberType]


if __name__ == "__main__":
    main()
