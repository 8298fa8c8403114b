"""Measurements: medians and ratios of one run, against peers and the bare primitive."""
