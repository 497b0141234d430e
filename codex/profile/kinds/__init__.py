"""What packages are: library, service, frontend, cli, infrastructure, data. One module per ecosystem."""
