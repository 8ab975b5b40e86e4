"""3. What is true of each customer."""
