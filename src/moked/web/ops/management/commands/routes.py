"""`manage.py routes`: every address, its methods and who may open it."""

import dataclasses
import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.urls import URLPattern, URLResolver, get_resolver


@dataclasses.dataclass(frozen=True)
class Route:
    """One address; `methods` and `who` are None where its view declares nothing."""

    name: str | None
    path: str
    methods: list[str] | None
    who: list[str] | None


class Command(BaseCommand):
    help = "List every address with its name, its methods and who may open it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="as one JSON list")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(routes())
        if options["json"]:
            self.stdout.write(json.dumps([dataclasses.asdict(route) for route in found], indent=2))
            return
        for route in found:
            who = "undeclared" if route.who is None else ", ".join(route.who)
            self.stdout.write(f"{route.path}  {'/'.join(route.methods or ['?'])}  {who}  ({route.name})")


def routes() -> Iterator[Route]:
    """Yield every address of the installation, in the order they are tried in."""
    return _walk(get_resolver().url_patterns, "/", "")


def _walk(patterns: Iterable[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, path, inner)
        else:
            declared = getattr(pattern.callback, "access", None) or {}
            name = f"{namespace}{pattern.name}" if pattern.name else None
            yield Route(name, path, declared.get("methods"), declared.get("who"))
