# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""End-to-end tests: the addon in a real Odoo, against the real SPAR, through real failures."""
