"""The schema's history, for Alembic. Files are named ``NNNN_what.py``; ``NNNN`` is the revision."""
