"""The open sets: every playbook is one file with one constant, found here by walking folders."""

import pkgutil
from importlib import import_module
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def named(package: ModuleType, constant: str, kind: type[T]) -> dict[str, T]:
    """Map each file's name to the value it must define. Raises TypeError for a file without one."""
    found: dict[str, T] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if info.ispkg or info.name.startswith("_"):
            continue
        value = getattr(import_module(f"{package.__name__}.{info.name}"), constant, None)
        if not isinstance(value, kind):
            msg = f"{package.__name__}/{info.name}.py must define {constant}: {kind.__name__}"
            raise TypeError(msg)
        found[info.name] = value
    return found
