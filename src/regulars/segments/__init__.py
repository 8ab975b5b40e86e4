"""4. Who belongs together."""
