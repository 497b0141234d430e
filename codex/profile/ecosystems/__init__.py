"""One module per ecosystem: each reads the evidence of a folder and yields facts. `registry` lists them."""
