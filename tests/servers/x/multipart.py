"""Reading multipart/form-data bodies (RFC 7578), byte for byte."""

import re

from tests.servers.x.messages import Request
from tests.servers.x.problems import invalid

BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
NAME = re.compile(rb'content-disposition:[^\r\n]*[; ]name="([^"]*)"', re.IGNORECASE)


def fields_of(request: Request) -> dict[str, bytes]:
    """The form's fields by name; raises a 400 Refusal when the body is not a proper form."""
    boundary = BOUNDARY.search(request.headers.get("content-type", ""))
    if request.content_type != "multipart/form-data" or boundary is None:
        raise invalid("the body must be multipart/form-data with a boundary")
    delimiter = b"--" + boundary.group(1).encode("latin-1")
    first, *parts = (b"\r\n" + request.body).split(b"\r\n" + delimiter)
    if first or not parts or not parts[-1].startswith(b"--"):
        raise invalid("the multipart body does not begin and end with its boundary")
    fields: dict[str, bytes] = {}
    for part in parts[:-1]:
        head, blank, content = part.partition(b"\r\n\r\n")
        name = NAME.search(head)
        if not blank or name is None:
            raise invalid("a part of the multipart body has no name")
        fields[name.group(1).decode("utf-8", "replace")] = content
    return fields
