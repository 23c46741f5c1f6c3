"""The report: the verdict in words, and one page that opens offline."""
