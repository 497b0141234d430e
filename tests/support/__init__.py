"""What several test modules need: shared test data, and one way to run the pipeline."""
