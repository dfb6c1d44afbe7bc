"""``python -m cpsa``: the command line."""

from cpsa.cli.command_line import main

if __name__ == "__main__":
    main()
