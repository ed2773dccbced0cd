"""Analysis: what the judgments say, as pure functions over frames and arrays.

Nothing here knows a database, a page or a study; every answer is an `Estimate`.
"""
