from . import spar_change_wizard
from . import res_partner
