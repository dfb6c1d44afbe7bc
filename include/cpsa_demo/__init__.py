"""The demo: the sample programme run through real DAG runs on one machine, and a board to look at.

Starts and stops processes, drops the sample's files, speaks to Airflow by its REST API and shows
how far it is. Never imports Airflow, never touches a database, knows no rule.
"""
