from . import draft_record
from . import res_partner
