"""Checking what was received: findings, explanations, queries and waivers."""
