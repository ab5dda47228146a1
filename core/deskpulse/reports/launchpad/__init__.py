"""Links to displays, dashboards and reports, and the set of them that a Support Lead gets."""
