"""The pages walked word by word: each command as printed, in a clean home."""
