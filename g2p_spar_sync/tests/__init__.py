from . import test_capture_bank
from . import test_capture_channels
from . import test_capture_cost
from . import test_capture_fields
from . import test_capture_judgement
from . import test_capture_watched
from . import test_claim
from . import test_dispatch_plan
