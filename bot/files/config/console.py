"""The table `[console]` of `bot.toml`: where the web console is reached, and how long people stay signed in."""

from __future__ import annotations

import ipaddress
import re

from bot.domain.campaign import ConsoleRules
from bot.fault_codes import FaultCode
from bot.files.toml.table import Table
from bot.text_display import quoted

CONSOLE = ("hosts", "trusted_proxies", "idle", "longest")
"""The keys of the table."""

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\Z")


def console(table: Table) -> ConsoleRules:
    """Return where the console is reached and when its sessions end."""
    table.refuse_unknown(CONSOLE)
    usual = ConsoleRules()
    rules = ConsoleRules(
        hosts=_hosts(table),
        trusted_proxies=_proxies(table),
        idle=table.duration("idle", usual.idle, "2h"),
        longest=table.duration("longest", usual.longest, "12h"),
    )
    if rules.idle > rules.longest:
        table.error(
            FaultCode.LONGER_THAN,
            "idle is longer than longest",
            "Write the shorter time as idle.",
            "idle",
            key="idle",
            other="longest",
        )
    return rules


def _hosts(table: Table) -> tuple[str, ...]:
    hosts = []
    for place, written in enumerate(table.texts("hosts")):
        host = written.strip().lower()
        if _HOST.match(host):
            hosts.append(host)
        else:
            instead = 'Write the name alone, as in "console.union.example".'
            table.error(
                FaultCode.BAD_ADDRESS,
                f"{quoted(written)} is not a host's name",
                instead,
                "hosts",
                place,
                key="hosts",
                write="console.union.example",
            )
    return tuple(dict.fromkeys(hosts))


def _proxies(table: Table) -> tuple[str, ...]:
    proxies = []
    for place, written in enumerate(table.texts("trusted_proxies")):
        try:
            proxies.append(str(ipaddress.ip_network(written.strip())))
        except ValueError:
            instead = 'Write the proxy\'s own address, as in "10.0.0.5", or its network, "10.0.0.0/24".'
            table.error(
                FaultCode.BAD_ADDRESS,
                f"{quoted(written)} is not an address",
                instead,
                "trusted_proxies",
                place,
                key="trusted_proxies",
                write="10.0.0.5",
            )
    return tuple(proxies)
