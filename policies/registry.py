"""The table of policies: the built-in ones by name, a user's own from a file, installed ones by entry point.

Classes are imported when they are asked for, so listing names is quick.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from gettext import gettext as tr
from hashlib import blake2b
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from policies.base import Policy, unknown_key
from policies.built_in import BUILT_IN, GROUP
from sim.errors import InputError, nearest
from sim.numbers import shown, table

_FROM_FILES: dict[str, tuple[Path, type[Policy]]] = {}  # policies of users' files, for this process


@lru_cache(maxsize=1)
def installed() -> dict[str, Any]:
    """Return the entry points of installed packages that offer policies, by name; not yet loaded."""
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda p: p.name)}


def policy_names() -> list[str]:
    """Return all names: built-in ones in the order of the table, then installed ones, then those of users' files."""
    return list(dict.fromkeys([*BUILT_IN, *installed(), *_FROM_FILES]))


def policy_class(name: str) -> type[Policy]:
    """Return the class of a policy. Raises: InputError that names the nearest, or says which plug-in is broken."""
    if name in BUILT_IN:
        module, cls = BUILT_IN[name].split(":")
        found: type[Policy] = getattr(import_module(module), cls)
        return found
    if name in _FROM_FILES:
        return _FROM_FILES[name][1]
    if name in installed():
        return load_installed(name)
    raise InputError(f"unknown policy {name!r}.{nearest(name, policy_names())}")


def load_installed(name: str) -> type[Policy]:
    """Return the class behind an entry point; InputError when its package is broken or offers something else."""
    point = installed()[name]
    package = point.dist.name if point.dist is not None else point.value
    where = f"policy {name} of the installed package {package}"
    try:
        found = point.load()
    except Exception as error:
        raise InputError(
            f"{where} cannot be loaded: {type(error).__name__}: {error}. Correct or uninstall the package."
        ) from error
    check_class(found, where)
    if found.name != name:
        raise InputError(f"{where}: its class is called {found.name!r}. The entry point must carry the class's name.")
    return found  # type: ignore[no-any-return]


def make_policy(record: Mapping[str, Any], where: str = "") -> Policy:
    """Return the policy of a record such as {"name": "rotation", "share": 0.1}.

    where: what errors begin with, e.g. the scenario's file and key
    Raises: InputError for an unknown name or parameter (the nearest is named) or a value that is not allowed
    """
    try:
        return _make(record)
    except InputError as error:
        if not where:
            raise
        raise InputError(f"{where}: {error}") from None


def _make(record: Mapping[str, Any]) -> Policy:
    content = table(record)
    if content is None:
        raise InputError(
            tr('a policy is a table such as {{"name": "rotation"}}, not {given}.').format(given=shown(record))
        )
    name = content.get("name")
    if not isinstance(name, str):
        raise InputError(tr("a policy needs a name.{hint}").format(hint=nearest("", policy_names())))
    cls = policy_class(name)
    given = {key: value for key, value in content.items() if key != "name"}
    known = cls.parameters()
    for key in given:
        if key not in known:
            raise unknown_key(name, str(key), known)
    return cls(**given)


def check_class(cls: Any, where: str) -> None:
    """Raise InputError unless `cls` is a policy as the base class describes it."""
    if not (isinstance(cls, type) and issubclass(cls, Policy)):
        raise InputError(f"{where}: {cls!r} does not derive from policies.base.Policy.")
    if "__dataclass_params__" not in cls.__dict__ or not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise InputError(f"{where}: write @dataclass(frozen=True, kw_only=True) above class {cls.__name__}.")
    if not (isinstance(cls.name, str) and cls.name.isidentifier()):
        raise InputError(f"{where}: class {cls.__name__} needs a name such as name: ClassVar[str] = 'my_policy'.")
    if cls.effects is Policy.effects:
        raise InputError(f"{where}: class {cls.__name__} needs effects(self, see, year) that returns Effects.")
    bare = [f.name for f in fields(cls) if "param" not in f.metadata]
    if bare:
        raise InputError(f"{where}: {', '.join(bare)}: declare parameters with param(default, unit=..., ...).")


def load_file(path: str | Path) -> list[str]:
    """Add the policies that a user's Python file defines to the table of this process; return their names.

    The same file may be loaded again after an edit.
    Raises: InputError for no such file, a mistake in it (with the line), no policy inside, or a name that is taken
    """
    file = Path(path)
    if file.is_dir() or not file.exists():
        raise InputError(f"{file}: no such policy file. Give the path of a Python file (.py).")
    module = _execute(file)
    classes = [
        cls
        for cls in vars(module).values()
        if inspect.isclass(cls) and issubclass(cls, Policy) and cls.__module__ == module.__name__
    ]
    classes = [cls for cls in classes if not any(cls in other.__mro__[1:] for other in classes)]
    if not classes:
        raise InputError(f"{file}: no policy inside. Define a class that derives from policies.base.Policy.")
    found: dict[str, tuple[Path, type[Policy]]] = {}
    for cls in classes:
        check_class(cls, str(file))
        taken = cls.name in BUILT_IN or cls.name in installed() or cls.name in found
        other = _FROM_FILES.get(cls.name)
        if taken or (other is not None and other[0] != file.resolve()):
            raise InputError(f"{file}: the name {cls.name!r} is taken by another policy. Choose another name.")
        found[cls.name] = (file.resolve(), cls)
    _FROM_FILES.update(found)
    return list(found)


def _execute(file: Path) -> ModuleType:
    """Import a file under a name of its own; InputError with the line when it cannot be read or run."""
    name = f"junheng_policy_{blake2b(str(file.resolve()).encode(), digest_size=6).hexdigest()}"
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise InputError(f"{file}: not a Python file. Give a file that ends in .py.")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up there
    try:
        code = compile(file.read_bytes(), str(file), "exec")
        exec(code, module.__dict__)
    except SyntaxError as error:
        raise InputError(f"{file}: line {error.lineno}: {error.msg}. Correct the file.") from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}).") from None
    except Exception as error:
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(file)]
        at = f"line {lines[-1]}: " if lines else ""
        raise InputError(f"{file}: {at}{type(error).__name__}: {error}. Correct the file.") from error
    return module
