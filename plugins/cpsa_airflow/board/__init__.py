"""The quarter board as a part of Airflow's web server. What it shows is made in ``cpsa.web.board``."""
