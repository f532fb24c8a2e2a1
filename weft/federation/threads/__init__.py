"""Complete threads and profiles: what other servers know of them is fetched when somebody looks."""
