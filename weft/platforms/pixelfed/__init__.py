"""Pixelfed and Loops: photo albums and short videos."""
