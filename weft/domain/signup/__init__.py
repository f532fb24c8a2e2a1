"""Letting people in: who may open an account, proof of the address, approval, invitations."""
