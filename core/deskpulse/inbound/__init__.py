"""What comes in from helpdesks: verified, stored raw, answered, and only then read."""
