"""The connection to GitHub: who asks (`client`), its tokens, one exchange, and what can go wrong."""
