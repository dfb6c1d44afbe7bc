"""Lists for the command line and the exports: findings, scores, reporting, obligations, audit."""
