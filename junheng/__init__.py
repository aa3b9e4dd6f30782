"""Junheng (均衡): simulate regional education equity in China.

    import junheng
    result = junheng.run("guizhou", years=(2024, 2030), only="毕节市")  # runs, stores, summarises
    result.frame("gap.urban_rural")                                    # long table as a pandas frame
    junheng.open("junheng.db").experiments()                           # what is stored
    model = junheng.Model(region="guizhou", only="毕节市")              # a mesa.Model, step by step

Importing this package loads nothing heavy: the parts are imported when first used.
"""

from __future__ import annotations

from gettext import gettext as tr
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Model", "__version__", "open", "run"]

if TYPE_CHECKING:
    from junheng.api import open, run
    from junheng.model import Model

_WHERE = {"run": "junheng.api", "open": "junheng.api", "Model": "junheng.model"}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(
            tr("module 'junheng' has no attribute {name!r}; it has {all}").format(
                name=name, all=", ".join(sorted(__all__))
            )
        )
    from importlib import import_module

    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
