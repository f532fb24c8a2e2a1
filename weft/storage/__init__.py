"""Storage: schema, migrations, the two engines, the write path and bounded reads."""
