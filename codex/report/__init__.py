"""One printer per format, all of the same diagnostics. They return text; nothing here prints."""
