"""Publishes a released bundle to places to install from. A second run finds everything there and uploads nothing."""
