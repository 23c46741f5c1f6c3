"""Samplers, a file each, found by its name: what a study file may call `sampler:`."""
