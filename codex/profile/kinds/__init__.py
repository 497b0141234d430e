"""What packages are: library, service, frontend, cli, infrastructure, data. One module an ecosystem."""
