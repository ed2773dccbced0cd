"""Running a crowd: staff accounts, vetting, progress, cost, problem reports, withdrawal."""
