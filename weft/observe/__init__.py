"""What the operator sees of a running server: metrics, health, logs."""
