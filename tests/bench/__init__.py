"""Benchmarks: DeskPulse beside its bound, in one run and in interleaved rounds."""
