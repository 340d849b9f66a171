"""The red-flag screen: a person's answers in, what they lead to out. Pure."""
