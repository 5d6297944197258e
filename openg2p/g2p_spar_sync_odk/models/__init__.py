from . import mapping
from . import spar_odk_run
from . import odk_import
from . import res_partner
from . import spar_submission
