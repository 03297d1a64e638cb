"""The web console: a face beside the command line, on the same services. Pages are read, and every write is a POST."""
