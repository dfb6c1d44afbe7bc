"""CPSA Reporting: the domain of the cluster programme's quarterly reports.

Runs and is tested without Airflow. Only ``dags/`` and ``plugins/`` know the orchestrator;
only ``settings`` knows the environment; nothing in here asks for the time.
"""

__version__ = "1.7.0"
