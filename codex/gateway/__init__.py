"""Questions to models through one gateway: which model may get them, what they cost, and what was answered before."""
