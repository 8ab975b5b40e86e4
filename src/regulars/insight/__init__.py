"""5. What it means."""
