"""The GitHub client's pure parts: answers, pages, the cost of a query."""
