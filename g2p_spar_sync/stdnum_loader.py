"""Odoo 19's import hook leaves stdnum a loader that cannot find the package's data files.

``stdnum.iban`` reads its table of countries when it is imported, and would die of it.
"""

from importlib.machinery import SourceFileLoader

import stdnum

if not hasattr(stdnum.__spec__.loader, "get_resource_reader"):
    stdnum.__spec__.loader = SourceFileLoader(stdnum.__name__, stdnum.__file__)
