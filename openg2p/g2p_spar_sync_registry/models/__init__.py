from . import spar_connection
from . import res_partner
from . import res_partner_ids
from . import res_partner_filters
from . import g2p_reg_id
from . import g2p_group_membership
from . import spar_submission
