"""Who computes: expression, SQL, driver."""
