"""The real `bot` process on the real clock against both test servers, whose ledgers judge it."""
