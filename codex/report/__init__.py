"""Report formats: one module per format. They return text and never print."""
