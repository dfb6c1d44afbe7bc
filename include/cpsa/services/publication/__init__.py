"""Building documents and the public pages, and finding which of them are out of date."""
