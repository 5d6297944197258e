# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Starts the real SPAR mapper: ``python spar_start.py migrate`` once, then ``... run``.

Runs in SPAR's own virtual environment; settings come from the environment (``SPAR_MAPPER_*``).
"""

from openg2p_spar_mapper_api.app import Initializer

if __name__ == "__main__":
    Initializer().main()
