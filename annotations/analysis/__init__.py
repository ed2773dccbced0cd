"""Statistics of judgments, as pure functions over data frames and arrays.

Nothing here knows a database, a page or a study; every answer is an `Estimate`.
"""
