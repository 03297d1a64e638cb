"""The web console: a face beside the command line, on the same services. Pages are read, and every write is a POST."""

from __future__ import annotations

import sys

from pydantic import BaseModel

BaseModel.model_config["defer_build"] = True
"""FastAPI describes itself in models, for documents that the console has not: none is made ready before it is used."""

sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type]
"""FastAPI asks of each parameter whether it is of pydantic's old version, and goes on without where there is none."""
