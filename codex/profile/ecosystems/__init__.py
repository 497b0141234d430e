"""One module an ecosystem: each reads the evidence of a folder and yields facts. `registry` lists them."""
