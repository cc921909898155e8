"""Measuring models. Any checkpoint can be measured, and several can be compared."""
