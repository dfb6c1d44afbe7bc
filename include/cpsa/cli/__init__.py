"""``cpsa …``: the same calls the DAG tasks make, for a person at a terminal.

Exit status: 0 done; 1 done, and something was returned or not sent; 2 the request itself was wrong,
said in one line. Commands parse, call one verb and show its answer; nothing is decided here.
"""

from cpsa.cli.app import main

__all__ = ["main"]
