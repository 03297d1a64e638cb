"""The words of the command line: sentences for the codes and values that everything below it works with."""
