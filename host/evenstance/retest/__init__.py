"""The re-test: what is said when a difference is measured again after a block or a wait."""
