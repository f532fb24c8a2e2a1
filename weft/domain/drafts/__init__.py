"""Posts that wait: scheduled for a time, or kept by their author to be written on."""
