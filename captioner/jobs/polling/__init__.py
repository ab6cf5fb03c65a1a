"""Times at which recognitions are asked about, pages of the list of tasks, and events that tasks have ended."""
