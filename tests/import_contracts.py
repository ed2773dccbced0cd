"""A contract of import-linter that lists what may be imported; all else is refused.

The contracts themselves are in pyproject.toml; `lint-imports` checks them.
"""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowListContract(Contract):
    """Modules of `importers` import from the package `of` nothing but `allowed` and what is in it.

    Direct imports count: what an allowed module imports itself is its own contract's business.
    """

    type_name = "allow_list"

    importers = fields.SetField(subfield=fields.ModuleField())
    of = fields.ModuleField()
    allowed = fields.SetField(subfield=fields.ModuleField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at each direct import. `verbose` changes nothing: all violations are told anyway."""
        del verbose
        fields_: Any = self
        allowed = [module.name for module in fields_.allowed]
        refused = []
        for package in sorted(module.name for module in fields_.importers):
            for importer in sorted({package, *graph.find_descendants(package)}):
                for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                    is_of = _is_in(imported, fields_.of.name) and imported != fields_.of.name
                    if is_of and not any(_is_in(imported, module) for module in allowed):
                        refused.append((importer, imported))
        return ContractCheck(kept=not refused, metadata={"refused": refused})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each import that is not allowed."""
        for importer, imported in check.metadata["refused"]:
            output.print_error(f"{importer} may not import {imported}")


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
