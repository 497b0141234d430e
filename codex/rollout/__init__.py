"""The fleet engine: decides and writes for many repositories, wave by wave, within limits."""
