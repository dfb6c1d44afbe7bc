"""The KPI framework: its model, the loader of the dated YAML files, and the archive of their versions."""
