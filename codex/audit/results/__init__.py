"""Reads the results of linters that others ran: SARIF, or a tool's own JSON."""
