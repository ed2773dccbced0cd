"""Statistics of judgments, as pure functions over data frames and arrays.

No module here depends on the database, a page or a study; every result is an `Estimate`.
"""
