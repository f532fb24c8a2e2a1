"""Custom emoji: small pictures of this server, written as ``:shortcode:``."""
