"""Receiving files through every channel, and who sent them."""
