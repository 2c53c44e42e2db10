"""The whole product as users see it: real processes and a real browser."""
