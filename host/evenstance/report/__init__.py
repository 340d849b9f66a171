"""Results in words and tables; no decisions are taken here."""
