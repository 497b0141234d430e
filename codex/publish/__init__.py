"""Brings a released bundle to where people install from. A second run finds everything there and uploads nothing."""
