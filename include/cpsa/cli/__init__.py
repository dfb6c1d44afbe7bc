"""``cpsa …``: the same calls the DAG tasks make, for a person at a terminal.

Exit status: 0 done; 1 done, and something was returned or not sent; 2 the request itself was wrong,
explained in one line. Commands parse, call one service and show its result; nothing is decided here.

Each command imports its service in its own body, never at the top of its module: every start of the
program reads the signatures of all commands, and who asks for ``--help`` or for one command does not
wait for the libraries of the others (docs/adr/0042-import-what-a-command-needs.md).
"""
