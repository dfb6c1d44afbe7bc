"""``python -m cpsa``: the command line."""

from cpsa.cli import main

if __name__ == "__main__":
    main()
