"""What was published: the steps to a version, memberships, history, and how the warehouse is made anew."""
