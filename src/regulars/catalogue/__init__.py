"""What is defined and what happened: loads, runs, codes, versions, the lease."""
