"""`python -m evenstance`."""

from evenstance.cli import main

if __name__ == "__main__":
    main()
