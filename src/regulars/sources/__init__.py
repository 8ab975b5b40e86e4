"""1. What the shop knows: files in, checked, landed, made canonical or quarantined."""
