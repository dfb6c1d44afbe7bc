"""Between Airflow and the domain: calendar classes for the scheduler, context for the tasks.

May import Airflow and ``cpsa``. Holds no business rule, no SQL and no DAG.
"""
