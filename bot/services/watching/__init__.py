"""What is seen: sources read without gaps, and what becomes of the posts they give."""
