"""The rules of our own house: plain English in what we write, and the form of our commits. Part of the gate."""
