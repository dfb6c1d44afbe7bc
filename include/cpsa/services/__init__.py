"""The verbs: what DAG tasks, the command line and the portal call.

Each fetches from the store, calls the pure parts, and writes back in one transaction. The instant
is always passed in.
"""
