"""Regulars: customer segmentation for shops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regulars.shop import Shop, in_memory, open

__all__ = ["Shop", "in_memory", "open"]
__version__ = "0.1.0"


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    if name in __all__:
        from regulars import shop

        return getattr(shop, name)
    raise AttributeError(f"module 'regulars' has no attribute {name!r}")
