"""Conversations: threads of direct posts."""
