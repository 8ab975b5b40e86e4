"""6. Handing over."""
