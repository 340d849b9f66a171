"""Evenstance: measure single-leg holds on a dual-plate board and decide honestly about them."""

__version__ = "0.1.0"
