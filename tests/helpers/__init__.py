# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the showcase, the end-to-end tests and the benchmark share: clients of the running stack."""
