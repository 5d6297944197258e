# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Thousands of submissions while everything breaks, and a judgement of what came of them.

``plan`` draws from a seed what is handed in and what breaks; ``desk`` hands in, ``breaker`` breaks,
``judge`` compares Odoo's ledger, SPAR's table and its audit trail with what must hold; ``shrink``
looks for a shorter plan that fails as well, and ``kept`` writes it into a file.
"""
