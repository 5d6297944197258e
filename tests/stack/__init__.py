# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The real parts this project is developed and tested on: PostgreSQL, SPAR's mapper, Odoo.

``python3 -m tests.stack up|down|restart|status [part]`` controls them; all state lies in
``.stack/`` of the checkout. Only the standard library is imported here, so that a bare
Debian 12 can run it before anything is installed.
"""
