"""The Forge app: its sources, its manifest, and their packing."""
