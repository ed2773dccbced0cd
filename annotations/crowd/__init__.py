"""Running a crowd: staff, how far raters can be relied on, progress, cost, problems, withdrawal."""
