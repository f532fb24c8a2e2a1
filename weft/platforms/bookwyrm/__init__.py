"""BookWyrm: what people read, and say of it."""
