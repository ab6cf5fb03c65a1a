"""Old text formats that are only read, by pysubs2: one module a format."""
