"""WriteFreely, WordPress, Ghost and Plume: blogs."""
