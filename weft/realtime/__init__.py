"""Topics that carry news to streams, in the process or between machines."""
