"""Compiles standards to skills and fragments within the limits of clients. Does not depend on the file format of any
client.
"""
