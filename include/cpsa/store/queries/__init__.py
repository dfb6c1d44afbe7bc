"""What reads and writes the store, one module per aggregate. Statements only: no rules, no texts."""
