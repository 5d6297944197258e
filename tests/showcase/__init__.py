# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What ``make demo`` prints: addresses come in by every way, and what SPAR saw of them."""
