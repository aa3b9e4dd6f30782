"""The table of policies: the built-in ones by name, a user's own from a file, installed ones by entry point.

Classes are imported when they are asked for, so listing names is quick.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from gettext import gettext as tr
from hashlib import blake2b
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from policies.base import Policy, unknown_key
from policies.built_in import BUILT_IN, GROUP
from policies.users_code import is_ours, safe, text_fault, users_code
from sim.errors import InputError, nearest
from sim.numbers import shown, table

LONGEST_NAME = 60
MOST_BYTES = 1 << 20  # of a user's file
TEXTS = {"title_en": 200, "title_zh": 200, "family": 60, "mechanism": 4000, "mechanism_zh": 4000}  # most characters
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
    raise InputError(
        tr("unknown policy {name}.{nearest}").format(name=shown(name), nearest=nearest(name[:80], policy_names()))
    )


def load_installed(name: str) -> type[Policy]:
    """Return the class behind an entry point; InputError when its package is broken or offers something else."""
    point = installed()[name]
    package = point.dist.name if point.dist is not None else point.value
    where = tr("policy {name} of the installed package {package}").format(name=name, package=package)
    with users_code(tr("{where} cannot be loaded").format(where=where), tr("Correct or uninstall the package.")):
        found = point.load()
    check_class(found, where)
    if found.name != name:
        raise InputError(
            tr("{where}: its class is called {name!r}. The entry point must carry the class's name.").format(
                where=where, name=found.name
            )
        )
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
    if is_ours(cls):
        return _with_parameters(cls, given)
    with users_code(tr("policy {name}").format(name=name), tr("Correct the policy's class.")):
        return _with_parameters(cls, given)


def _with_parameters(cls: type[Policy], given: Mapping[str, Any]) -> Policy:
    known = cls.parameters()
    for key in given:
        if key not in known:
            raise unknown_key(cls.name, str(key), known)
    return cls(**given)


def check_class(cls: Any, where: str) -> None:
    """Raise InputError unless `cls` is a policy as the base class describes it."""
    with users_code(where, tr("Correct the class.")):
        _check_class(cls, where)


def _check_class(cls: Any, where: str) -> None:
    if not (isinstance(cls, type) and issubclass(cls, Policy)):
        raise InputError(
            tr("{where}: {thing} does not derive from policies.base.Policy.").format(where=where, thing=safe(repr(cls)))
        )
    at = {"where": where, "cls": safe(cls.__name__, 100)}
    if "__dataclass_params__" not in cls.__dict__ or not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise InputError(tr("{where}: write @dataclass(frozen=True, kw_only=True) above class {cls}.").format(**at))
    check_texts(cls, where)
    if cls.effects is Policy.effects:
        raise InputError(tr("{where}: class {cls} needs effects(self, see, year) that returns Effects.").format(**at))
    bare = [f.name for f in fields(cls) if "param" not in f.metadata]
    if bare:
        raise InputError(
            tr("{where}: {fields}: declare parameters with param(default, unit=..., ...).").format(
                where=where, fields=", ".join(bare)
            )
        )
    hidden = [f.name for f in fields(cls) if f.name == "name" or callable(getattr(Policy, f.name, None))]
    if hidden:
        raise InputError(
            tr("{where}: the parameter {name!r} hides a part of every policy. Choose another name for it.").format(
                where=where, name=hidden[0]
            )
        )


def check_texts(cls: type[Policy], where: str) -> None:
    """Raise InputError unless a policy's name can be written in a scenario and its texts can be shown."""
    at = {"where": where, "cls": safe(cls.__name__, 100)}
    name: Any = cls.name
    if not (type(name) is str and name.isidentifier() and len(name) <= LONGEST_NAME):
        raise InputError(
            tr(
                "{where}: class {cls} needs a name such as name: ClassVar[str] = 'my_policy': letters, digits and _, "
                "at most {most} of them."
            ).format(**at, most=LONGEST_NAME)
        )
    said = [(f"{cls.__name__}.{key}", getattr(cls, key), longest) for key, longest in TEXTS.items()]
    for key in ("evidence_for", "evidence_against"):
        ids: Any = getattr(cls, key)
        said += [(f"{cls.__name__}.{key}", one, 40) for one in (ids if type(ids) in (tuple, list) else [None])]
    for parameter, (_, spec) in cls.parameters().items():
        words = {key: getattr(spec, key) for key in ("unit", "source", "doc", "doc_zh")}
        said += [(f"{parameter}: {key}", one, TEXTS["mechanism"]) for key, one in words.items()]
    for what, text, longest in said:
        if wrong := text_fault(text, longest):
            raise InputError(
                tr("{where}: {what}: {wrong}. Write plain text of one line.").format(
                    where=where, what=safe(what, 100), wrong=wrong
                )
            )


def load_file(path: str | Path) -> list[str]:
    """Add the policies that a user's Python file defines to the table of this process; return their names.

    The same file may be loaded again after an edit.
    Raises: InputError for no such file, a mistake in it (with the line), no policy inside, or a name that is taken
    """
    file = Path(path)
    module = _execute(file, _source(file))
    with users_code(safe(str(file)), tr("Correct the file.")):
        classes = [
            cls
            for cls in vars(module).values()
            if inspect.isclass(cls) and issubclass(cls, Policy) and cls.__module__ == module.__name__
        ]
        classes = [cls for cls in classes if not any(cls in other.__mro__[1:] for other in classes)]
    if not classes:
        raise InputError(
            tr("{file}: no policy inside. Define a class that derives from policies.base.Policy.").format(file=file)
        )
    found: dict[str, tuple[Path, type[Policy]]] = {}
    for cls in classes:
        check_class(cls, str(file))
        taken = cls.name in BUILT_IN or cls.name in installed() or cls.name in found
        other = _FROM_FILES.get(cls.name)
        if taken or (other is not None and other[0] != file.resolve()):
            raise InputError(
                tr("{file}: the name {name!r} is taken by another policy. Choose another name.").format(
                    file=file, name=cls.name
                )
            )
        found[cls.name] = (file.resolve(), cls)
    _FROM_FILES.update(found)
    return list(found)


def file_of(cls: type) -> Path | None:
    """Return the user's file that a policy was loaded from, None if it came from nowhere that can be loaded again."""
    return next((path for path, loaded in _FROM_FILES.values() if loaded is cls), None)


def _source(file: Path) -> bytes:
    """Return the content of a policy file; InputError when there is none that can be a policy."""
    try:
        if not file.exists() or file.is_dir():
            raise InputError(tr("{file}: no such policy file. Give the path of a Python file (.py).").format(file=file))
        if file.suffix != ".py" or not file.is_file():
            raise InputError(tr("{file}: not a Python file. Give a file that ends in .py.").format(file=file))
        with file.open("rb") as opened:
            source = opened.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise InputError(tr("{file}: cannot be read ({reason}).").format(file=safe(str(file)), reason=reason)) from None
    if len(source) > MOST_BYTES:
        raise InputError(
            tr("{file}: longer than {most} bytes. A policy is a short Python file.").format(file=file, most=MOST_BYTES)
        )
    return source


def _execute(file: Path, source: bytes) -> ModuleType:
    """Run a file under a module name of its own; InputError with the line when it cannot be read or run."""
    name = (
        f"junheng_policy_{blake2b(str(file.resolve()).encode('utf-8', 'surrogateescape'), digest_size=6).hexdigest()}"
    )
    where, before = safe(str(file)), sys.modules.get(name)
    module = ModuleType(name)
    module.__file__ = str(file)
    sys.modules[name] = module  # dataclasses look their module up there
    try:
        try:
            code = compile(source, str(file), "exec", dont_inherit=True)
        except SyntaxError as error:
            line = tr("line {line}: ").format(line=error.lineno) if error.lineno else ""
            raise InputError(
                tr("{file}: {line}{reason}. Correct the file.").format(
                    file=where, line=line, reason=safe(str(error.msg))
                )
            ) from None
        except (ValueError, MemoryError, RecursionError) as error:  # NUL bytes; brackets too deep
            raise InputError(
                tr("{file}: {reason}. Correct the file.").format(
                    file=where, reason=safe(str(error) or type(error).__name__)
                )
            ) from None
        with users_code(where, tr("Correct the file.")):
            exec(code, module.__dict__)
    except BaseException:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        raise
    return module
