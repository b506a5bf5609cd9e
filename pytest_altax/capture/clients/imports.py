"""Being told when a module is first imported: a client is patched whenever it comes, and never imported by us."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

Callback = Callable[[ModuleType], None]


class ImportWatch(MetaPathFinder):
    """Calls back once for each watched module: now if it is imported already, else right after it has been."""

    def __init__(self, callbacks: Mapping[str, Callback]) -> None:
        self._waiting = dict(callbacks)

    def start(self) -> None:
        """Begin to watch. A module that is being imported at this moment counts as imported."""
        for name in [name for name in self._waiting if name in sys.modules]:
            self._waiting.pop(name)(sys.modules[name])
        sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Watch no longer."""
        sys.meta_path.remove(self)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - the signature is the import system's
        target: ModuleType | None = None,  # noqa: ARG002 - as above
    ) -> ModuleSpec | None:
        """Let the other finders find a watched module, and have its loader call back after it has run."""
        callback = self._waiting.pop(fullname, None)
        spec = importlib.util.find_spec(fullname) if callback else None
        if callback is None or spec is None or spec.loader is None:
            return None
        loader = spec.loader
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            if module.__name__ == fullname:
                callback(module)

        # On the instance, so that everything else a loader can do stays; the import system makes one for each spec
        loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
