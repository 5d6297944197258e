# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Recorded answers, damaged in every way, given to the readers of all wire formats."""
