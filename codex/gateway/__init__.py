"""Questions to models through one gateway: which models may get them, what they cost, and earlier responses."""
