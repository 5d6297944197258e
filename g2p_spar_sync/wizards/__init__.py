from . import spar_change_wizard
from . import res_partner
from . import spar_key_wizard
from . import spar_key_id_wizard
from . import spar_master_key_wizard
from . import spar_compare_wizard
from . import spar_ignore_wizard
