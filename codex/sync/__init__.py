"""Determines what a repository gets, and what may be written there. Pure: reads no file, and calls neither git nor a
forge.
"""
