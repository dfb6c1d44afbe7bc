"""Letters to departments in answer to what they sent."""
