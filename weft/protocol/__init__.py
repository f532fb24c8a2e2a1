"""The open protocols as pure functions: no I/O, no state, no platform names."""
