"""The quarter board: the state of a quarter and of a half-year, for CPSA's own people.

What belongs here: what each page shows, read from the store, and its HTML. What must not: who may
look (Airflow decides that, in the plugin), statements (``board_queries``), and anything that
acts: the board only looks.
"""
