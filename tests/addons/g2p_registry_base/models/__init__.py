from . import res_partner
from . import g2p_reg_id
