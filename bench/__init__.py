"""The bench: the same refresh three times, on simulated data, with equal results asserted."""
