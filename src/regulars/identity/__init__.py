"""2. Who is who."""
