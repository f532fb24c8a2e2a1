"""PeerTube: videos, live streams, channels."""
