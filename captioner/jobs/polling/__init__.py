"""Times at which recognitions are asked about, pages of the service's list of tasks, and events that tasks have ended."""
