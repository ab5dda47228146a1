"""Single responses: lists of them, the search of their comments, and the Survey Responses Report."""
