"""Lists repositories from an inventory, a folder, a forge or a Backstage catalog. Nothing is cloned."""
