"""What the proofs and benches of the board share: counts, emulator, comparison, figures."""
