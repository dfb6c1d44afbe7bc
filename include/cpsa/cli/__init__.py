"""``cpsa …``: the same calls the DAG tasks make, for a person at a terminal.

Exit status: 0 done; 1 done, and something was returned or not sent; 2 the request itself was wrong,
explained in one line. Commands parse, call one service and show its result; nothing is decided here.
"""
