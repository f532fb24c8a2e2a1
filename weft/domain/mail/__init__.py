"""Letters to people, and what they prove by opening a link that was mailed to them."""
