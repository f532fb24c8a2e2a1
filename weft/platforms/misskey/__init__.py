"""Misskey and its family: Sharkey, CherryPick, Firefish, Iceshrimp and others."""
