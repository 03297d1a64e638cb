"""What a command is about to act on, and whose it is, as people speak of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from bot.cli.words.deliveries import delivery_name
from bot.domain.delivery import DeliveryLabel, Kind
from bot.hosts import shown_handle
from bot.services.subject import SubjectKind, SubjectName


def subject_text(name: SubjectName) -> str:
    """Return what a command acts on, as the beginning of a sentence."""
    match name.kind:
        case SubjectKind.SIGHTING:
            return f"Sighting {name.number}"
        case SubjectKind.SHOWN:
            return f"What sighting {name.number} shows"
        case SubjectKind.DELIVERY:
            return f"Delivery {name.number} ({_known_as(name.label)})" if name.label else f"Delivery {name.number}"
        case SubjectKind.AUTHOR:
            return "All that is here of one author"
    assert_never(name.kind)


def _known_as(label: DeliveryLabel) -> str:
    return f"a reshare on {label.account}" if label.kind is Kind.RESHARE else delivery_name(label)


def owners_text(owners: Sequence[str]) -> str:
    """Return whose it is."""
    return ", ".join(map(shown_handle, owners)) or "somebody whose name is not kept"
