"""Git without a work tree: protocol, packs, objects and a cache. With `forge.local`, the only importer of dulwich."""
