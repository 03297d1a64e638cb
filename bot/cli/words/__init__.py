"""Words for people: what codes, events and refusals say in English; other faces have words of their own."""
