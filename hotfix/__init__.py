"""What a hotfix is: the facts about it, the rules it must follow, the verdict."""
