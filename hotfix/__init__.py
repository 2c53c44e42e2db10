"""What a hotfix is: the facts about it, the rules it is judged by, the verdict."""
