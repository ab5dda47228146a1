"""Counts by whatever dimensions somebody asked for, kept from then on."""
