"""Forums: NodeBB, Discourse, and what is close to them."""
