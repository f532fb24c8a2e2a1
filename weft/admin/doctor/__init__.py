"""The doctor: looks at everything that a server stands on, and says how to mend what is wrong."""
