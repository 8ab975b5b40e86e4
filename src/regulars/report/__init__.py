"""The report: one page a shop owner understands."""
